package cortex.gateway.serve.translate;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.answer.AnswerWriter;
import cortex.core.dialect.chat.answer.Terms;
import cortex.core.dialect.chat.answer.WholeAnswer;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.chat.stream.EventSink;
import cortex.core.dialect.responses.request.ResponsesRequest;
import cortex.core.dialect.responses.request.ToolNames;
import cortex.core.dialect.responses.request.TranslatedResponses;
import cortex.core.dialect.responses.stream.ResponseEvents;
import cortex.core.dialect.responses.stream.ResponseTerms;
import cortex.core.dialect.responses.stream.WholeResponse;
import cortex.core.failure.Failure;
import tools.jackson.databind.node.ObjectNode;

/// OpenAI Responses.
public final class ResponsesDialect implements Dialect {
    private final ResponseTerms.Birth birth;
    private final EventSink sink;
    private final ResponseEvents.Numbers numbers = new ResponseEvents.Numbers();
    private ToolNames tools = ToolNames.NONE;
    private ObjectNode echo = ChatJson.object();

    /// For a request that came at this second of the epoch, whose events go to `sink`.
    public ResponsesDialect(long epochSecond, EventSink sink) {
        this.birth = ResponseTerms.Birth.at(epochSecond);
        this.sink = sink;
    }

    @Override
    public ChatRequest translate(byte[] body, Target target) {
        TranslatedResponses request = ResponsesRequest.translate(body, target);
        tools = request.tools();
        echo = request.echo();
        return request.chat();
    }

    @Override
    public AnswerWriter events(Terms terms) {
        return new ResponseEvents(response(terms), numbers, sink);
    }

    @Override
    public WholeAnswer.Form whole(Terms terms) {
        return new WholeResponse(response(terms));
    }

    private ResponseTerms response(Terms terms) {
        return new ResponseTerms(birth, terms, tools, echo);
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
