package cortex.core.dialect.anthropic.stream;

import cortex.core.dialect.chat.ToolIds;
import cortex.core.dialect.chat.answer.Terms;
import java.util.UUID;

/// What the message that answers one request must keep to.
///
/// @param id the message's id, `msg_…`
/// @param terms what every form of the answer must keep to
/// @param prewarm whether the answer is to be empty
public record MessageTerms(String id, Terms terms, boolean prewarm) {
    private static final int ID_LENGTH = 24;

    /// A message id nobody has seen yet.
    public static String freshId() {
        return "msg_" + ToolIds.digest(UUID.randomUUID().toString(), ID_LENGTH);
    }

    /// The id of this message's tool call number `n`, for when the engine's own cannot be used.
    String callId(int n) {
        return "toolu_" + ToolIds.digest(id + ":tool:" + n, ID_LENGTH);
    }

    /// The signature of the thinking block with this index. Clients drop thinking that has none.
    String signature(int index) {
        return "cortex.v1." + ToolIds.digest(id + ":thinking:" + index, ID_LENGTH);
    }

    /// Why the message ends, for the engine's reason `finish`; `called` says if it calls tools.
    StopReason stopReason(String finish, boolean called) {
        return prewarm ? StopReason.MAX_TOKENS : StopReason.of(finish, called);
    }
}
