package cortex.gateway.serve.translate;

import cortex.core.dialect.chat.answer.AnswerForm;
import cortex.core.dialect.chat.answer.Terms;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.failure.Failure;
import org.jspecify.annotations.Nullable;

/// What one public API has of its own in the translation of one request. For one thread.
public sealed interface Dialect permits MessagesDialect, ResponsesDialect {
    /// The request in the engine's form; what its answer needs is remembered.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with the request
    ChatRequest translate(byte[] body, Target target);

    /// The form of one try's answer, which goes to the client as it comes, or is gathered when the
    /// client does not want a stream.
    AnswerForm form(Terms terms);

    /// The gathered answer of the last try, or null while it is not complete.
    byte @Nullable [] whole();

    /// Whether the event that tells of a failure closes the answer by itself.
    boolean closesWithFailure();

    /// Whether the API's clients understand this failure only as an event.
    boolean onlyAsEvent(Failure failure);
}
