package cortex.core.dialect.chat.answer;

import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.openai.EngineErrors;

/// What the answer to one request must keep to, in whatever form it goes out.
///
/// @param model the model's name as it was asked for
/// @param source whose engine answers, for errors
/// @param request what of the request the answer depends on
/// @param engine how the engine answers
public record Terms(
        String model,
        EngineErrors.Source source,
        ChatRequest.AnswerInputs request,
        Quirks.Answers engine) {
    /// For a translated request, before an engine was found for it.
    public static Terms of(ChatRequest request, Target target) {
        return new Terms(
                request.client().model(),
                new EngineErrors.Source(target.engineModel(), ""),
                request.answerInputs(),
                target.quirks().answers());
    }

    /// The same, for an answer by the engine in `other`.
    public Terms by(EngineErrors.Source other) {
        return new Terms(model, other, request, engine);
    }
}
