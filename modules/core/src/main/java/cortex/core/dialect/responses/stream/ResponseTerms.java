package cortex.core.dialect.responses.stream;

import cortex.core.dialect.chat.ToolIds;
import cortex.core.dialect.chat.answer.Terms;
import cortex.core.dialect.responses.request.ToolNames;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/// What the response that answers one request must keep to.
///
/// @param birth its id and when it began
/// @param terms what every form of the answer must keep to
/// @param tools what the engine's tool names stand for
/// @param echo the request's settings as the response repeats them
public record ResponseTerms(Birth birth, Terms terms, ToolNames tools, ObjectNode echo) {
    private static final int ID_LENGTH = 32;

    /// The id a response is given, `resp_…`, and when it began, in seconds of the epoch.
    public record Birth(String id, long epochSecond) {
        /// One with an id nobody has seen yet.
        public static Birth at(long epochSecond) {
            String id = ToolIds.digest(UUID.randomUUID().toString(), ID_LENGTH);
            return new Birth("resp_" + id, epochSecond);
        }
    }

    /// The id of output item number `index`.
    String itemId(String prefix, int index) {
        return prefix + "_" + ToolIds.digest(birth.id() + ":item:" + index, ID_LENGTH);
    }

    /// The id of tool call number `n`, for when the engine's own cannot be used.
    String callId(int n) {
        return "call_" + ToolIds.digest(birth.id() + ":call:" + n, 24);
    }
}
