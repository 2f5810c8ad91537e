package cortex.gateway.serve.translate;

import cortex.core.dialect.chat.answer.AnswerWriter;
import cortex.core.dialect.chat.answer.Terms;
import cortex.core.dialect.chat.answer.WholeAnswer;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.failure.Failure;

/// What one public API has of its own in the translation of one request. For one thread.
public sealed interface Dialect permits MessagesDialect, ResponsesDialect {
    /// The request in the engine's form; what its answer needs is remembered.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with the request
    ChatRequest translate(byte[] body, Target target);

    /// A writer of one try's answer that goes to the client as it comes.
    AnswerWriter events(Terms terms);

    /// The form of one try's answer that the client wants as one body.
    WholeAnswer.Form whole(Terms terms);

    /// Whether the event that tells of a failure closes the answer by itself.
    boolean closesWithFailure();

    /// Whether the API's clients understand this failure only as an event.
    boolean onlyAsEvent(Failure failure);
}
