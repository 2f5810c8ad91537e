package cortex.gateway.serve.translate;

import cortex.core.dialect.anthropic.request.MessagesRequest;
import cortex.core.dialect.anthropic.request.TranslatedRequest;
import cortex.core.dialect.anthropic.stream.Answer;
import cortex.core.dialect.anthropic.stream.MessageForm;
import cortex.core.dialect.anthropic.stream.SseMessage;
import cortex.core.dialect.anthropic.stream.WholeMessage;
import cortex.core.dialect.chat.answer.AnswerForm;
import cortex.core.dialect.chat.answer.Terms;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.chat.stream.EventSink;
import cortex.core.failure.Failure;
import org.jspecify.annotations.Nullable;

/// Anthropic Messages.
public final class MessagesDialect implements Dialect {
    private final String requestId;
    private final EventSink sink;
    private final String id = Answer.freshId();
    private boolean prewarm;
    private boolean streams;
    private @Nullable WholeMessage whole;

    /// For a request with this id, whose events go to `sink`.
    public MessagesDialect(String requestId, EventSink sink) {
        this.requestId = requestId;
        this.sink = sink;
    }

    @Override
    public ChatRequest translate(byte[] body, Target target) {
        TranslatedRequest request = MessagesRequest.translate(body, target);
        prewarm = request.prewarm();
        streams = request.chat().stream();
        return request.chat();
    }

    @Override
    public AnswerForm form(Terms terms) {
        Answer answer = new Answer(id, terms, prewarm);
        if (streams) {
            return new MessageForm(answer, new SseMessage(answer, requestId, sink));
        }
        WholeMessage message = new WholeMessage(answer);
        whole = message;
        return new MessageForm(answer, message);
    }

    @Override
    public byte @Nullable [] whole() {
        return whole == null ? null : whole.body();
    }

    @Override
    public boolean closesWithFailure() {
        return false;
    }

    @Override
    public boolean onlyAsEvent(Failure failure) {
        return false;
    }
}
