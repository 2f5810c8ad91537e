package cortex.core.dialect.chat.answer;

import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.openai.EngineErrors;
import java.util.Set;

/// What the answer to one request must keep to, in whatever form it goes out.
///
/// @param model the model's name as it was asked for
/// @param source whose engine answers, for errors
/// @param usedToolIds ids of tool calls that the conversation already has
/// @param singleTool whether only the first tool call counts
/// @param prefill what the answer goes on from; engines say it once more, the public APIs do not
/// @param tolerateMissingFinish whether a stream that ends without a finish reason may be whole
/// @param splitThink whether `<think>…</think>` at the head of the engine's text is reasoning
/// @param estimatedTokens a guess at the prompt's tokens
public record Terms(
        String model,
        EngineErrors.Source source,
        Set<String> usedToolIds,
        boolean singleTool,
        String prefill,
        boolean tolerateMissingFinish,
        boolean splitThink,
        long estimatedTokens) {
    public Terms {
        usedToolIds = Set.copyOf(usedToolIds);
    }

    /// For a translated request, before an engine was found for it.
    public static Terms of(ChatRequest request, Target target) {
        return new Terms(
                request.model(),
                new EngineErrors.Source(target.engineModel(), ""),
                request.usedToolIds(),
                request.singleTool(),
                request.prefill(),
                target.quirks().answers().tolerateMissingFinish(),
                target.quirks().answers().splitThink(),
                request.estimatedTokens());
    }

    /// The same, for an answer by the engine in `engine`.
    public Terms by(EngineErrors.Source engine) {
        return new Terms(
                model,
                engine,
                usedToolIds,
                singleTool,
                prefill,
                tolerateMissingFinish,
                splitThink,
                estimatedTokens);
    }
}
