package cortex.gateway.serve.translate;

import cortex.core.dialect.anthropic.request.MessagesRequest;
import cortex.core.dialect.anthropic.request.TranslatedRequest;
import cortex.core.dialect.anthropic.stream.MessageEvents;
import cortex.core.dialect.anthropic.stream.MessageTerms;
import cortex.core.dialect.anthropic.stream.WholeMessage;
import cortex.core.dialect.chat.answer.AnswerWriter;
import cortex.core.dialect.chat.answer.Terms;
import cortex.core.dialect.chat.answer.WholeAnswer;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.chat.stream.EventSink;
import cortex.core.failure.Failure;

/// Anthropic Messages.
public final class MessagesDialect implements Dialect {
    private final String requestId;
    private final EventSink sink;
    private final String id = MessageTerms.freshId();
    private boolean prewarm;

    /// For a request with this id, whose events go to `sink`.
    public MessagesDialect(String requestId, EventSink sink) {
        this.requestId = requestId;
        this.sink = sink;
    }

    @Override
    public ChatRequest translate(byte[] body, Target target) {
        TranslatedRequest request = MessagesRequest.translate(body, target);
        prewarm = request.prewarm();
        return request.chat();
    }

    @Override
    public AnswerWriter events(Terms terms) {
        return new MessageEvents(message(terms), requestId, sink);
    }

    @Override
    public WholeAnswer.Form whole(Terms terms) {
        return new WholeMessage(message(terms));
    }

    private MessageTerms message(Terms terms) {
        return new MessageTerms(id, terms, prewarm);
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
