package cortex.gateway.serve.translate;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.answer.AnswerForm;
import cortex.core.dialect.chat.answer.Terms;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.chat.stream.EventSink;
import cortex.core.dialect.responses.request.ResponsesRequest;
import cortex.core.dialect.responses.request.ToolNames;
import cortex.core.dialect.responses.request.TranslatedResponses;
import cortex.core.dialect.responses.stream.Reply;
import cortex.core.dialect.responses.stream.ResponseEvents;
import cortex.core.dialect.responses.stream.ResponseForm;
import cortex.core.failure.Failure;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// OpenAI Responses.
public final class ResponsesDialect implements Dialect {
    private static final EventSink NOWHERE = (_, _, _) -> {};

    private final Reply.Birth birth;
    private final EventSink sink;
    private boolean streams;
    private ToolNames tools = ToolNames.NONE;
    private ObjectNode echo = ChatJson.object();
    private @Nullable ResponseEvents events;
    private @Nullable ResponseForm form;

    /// For a request that came at this second of the epoch, whose events go to `sink`.
    public ResponsesDialect(long epochSecond, EventSink sink) {
        this.birth = Reply.Birth.at(epochSecond);
        this.sink = sink;
    }

    @Override
    public ChatRequest translate(byte[] body, Target target) {
        TranslatedResponses request = ResponsesRequest.translate(body, target);
        tools = request.tools();
        echo = request.echo();
        streams = request.chat().stream();
        return request.chat();
    }

    @Override
    public AnswerForm form(Terms terms) {
        Reply reply = new Reply(birth, terms, tools, echo);
        ResponseEvents writer = events;
        if (writer == null) {
            writer = new ResponseEvents(reply, streams ? sink : NOWHERE);
            events = writer;
        }
        ResponseForm next = new ResponseForm(reply, writer);
        form = next;
        return next;
    }

    @Override
    public byte @Nullable [] whole() {
        return form == null ? null : form.body();
    }

    /// `response.failed` is one of the API's terminal events; Codex looks at it only when the body
    /// ends well.
    @Override
    public boolean closesWithFailure() {
        return true;
    }

    /// Codex compacts a conversation when the event says so, and gives up on a 400.
    @Override
    public boolean onlyAsEvent(Failure failure) {
        return failure instanceof Failure.ContextOverflow;
    }
}
