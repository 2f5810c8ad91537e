package cortex.core.dialect.anthropic.stream;

import cortex.core.dialect.anthropic.request.Target;
import cortex.core.dialect.anthropic.request.TranslatedRequest;
import cortex.core.dialect.chat.tool.ToolIds;
import cortex.core.dialect.openai.EngineErrors;
import java.util.Set;
import java.util.UUID;

/// What the answer to one request must keep to.
///
/// @param id the message's id, `msg_…`
/// @param model the model's name as it was asked for
/// @param source whose engine answers, for errors
/// @param usedToolIds tool ids that the conversation already has
/// @param singleTool whether only the first tool call counts
/// @param prewarm whether the answer is to be empty
/// @param prefill what the answer goes on from; engines say it once more, Anthropic does not
/// @param tolerateMissingFinish whether a stream that ends without a finish reason may be whole
/// @param estimatedTokens a guess at the prompt's tokens
public record Answer(
        String id,
        String model,
        EngineErrors.Source source,
        Set<String> usedToolIds,
        boolean singleTool,
        boolean prewarm,
        String prefill,
        boolean tolerateMissingFinish,
        long estimatedTokens) {
    private static final int ID_LENGTH = 24;

    public Answer {
        usedToolIds = Set.copyOf(usedToolIds);
    }

    /// For a translated request.
    public static Answer to(
            TranslatedRequest request, Target target, String id, EngineErrors.Source source) {
        return new Answer(
                id,
                request.model(),
                source,
                request.usedToolIds(),
                request.singleTool(),
                request.prewarm(),
                request.prefill(),
                target.quirks().tolerateMissingFinish(),
                request.estimatedTokens());
    }

    /// The same answer, by another engine.
    public Answer by(EngineErrors.Source engine) {
        return new Answer(
                id,
                model,
                engine,
                usedToolIds,
                singleTool,
                prewarm,
                prefill,
                tolerateMissingFinish,
                estimatedTokens);
    }

    /// A message id nobody has seen yet.
    public static String freshId() {
        return "msg_" + ToolIds.digest(UUID.randomUUID().toString(), ID_LENGTH);
    }

    /// The id of this message's tool call number `n`, for when the engine's own cannot be used.
    String toolId(int n) {
        return "toolu_" + ToolIds.digest(id + ":tool:" + n, ID_LENGTH);
    }

    /// The signature of the thinking block with this index. Clients drop thinking that has none.
    String signature(int index) {
        return "cortex.v1." + ToolIds.digest(id + ":thinking:" + index, ID_LENGTH);
    }
}
