package cortex.core.dialect.responses.stream;

import cortex.core.dialect.anthropic.request.Target;
import cortex.core.dialect.chat.tool.ToolIds;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.dialect.responses.request.ToolNames;
import cortex.core.dialect.responses.request.TranslatedResponses;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/// What the answer to one request must keep to.
///
/// @param id the response's id, `resp_…`
/// @param createdAt when it began, in seconds of the epoch
/// @param model the model's name as it was asked for
/// @param source whose engine answers, for errors
/// @param tools what the engine's tool names stand for
/// @param usedCallIds tool call ids that the conversation already has
/// @param singleTool whether only the first tool call counts
/// @param tolerateMissingFinish whether a stream that ends without a finish reason may be whole
/// @param echo the request's settings as the response repeats them
public record Reply(
        String id,
        long createdAt,
        String model,
        EngineErrors.Source source,
        ToolNames tools,
        Set<String> usedCallIds,
        boolean singleTool,
        boolean tolerateMissingFinish,
        ObjectNode echo) {
    private static final int ID_LENGTH = 32;

    public Reply {
        usedCallIds = Set.copyOf(usedCallIds);
    }

    /// When a response began, and the id it is given.
    public record Birth(String id, long epochSecond) {
        /// One with an id nobody has seen yet.
        public static Birth at(long epochSecond) {
            String id = ToolIds.digest(UUID.randomUUID().toString(), ID_LENGTH);
            return new Birth("resp_" + id, epochSecond);
        }
    }

    /// For a translated request.
    public static Reply to(
            TranslatedResponses request, Target target, Birth birth, EngineErrors.Source source) {
        return new Reply(
                birth.id(),
                birth.epochSecond(),
                request.model(),
                source,
                request.tools(),
                request.usedCallIds(),
                request.singleTool(),
                target.quirks().tolerateMissingFinish(),
                request.echo());
    }

    /// The id of output item number `index`.
    String itemId(String prefix, int index) {
        return prefix + "_" + ToolIds.digest(id + ":item:" + index, ID_LENGTH);
    }

    /// The id of tool call number `n`, for when the engine's own cannot be used.
    String callId(int n) {
        return "call_" + ToolIds.digest(id + ":call:" + n, 24);
    }
}
