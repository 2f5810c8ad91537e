package cortex.gateway.fleet.rules;

import org.jspecify.annotations.Nullable;

/// Says why a replica is unloaded.
///
/// @param model the model that gets the room; null unless the cause is {@link Cause#ROOM}
public record UnloadReason(Cause cause, @Nullable String model) {
    /// Names what makes replicas leave.
    public enum Cause {
        /// Another model needs the room.
        ROOM("to make room"),
        /// An operator wants it unloaded.
        OPERATOR("an operator's command"),
        /// Its node is drained.
        NODE("its node is draining"),
        /// It was idle for longer than its ttl.
        TTL("idle for longer than its ttl"),
        /// Its harness is restarted.
        HARNESS("its harness is restarted");

        private final String words;

        Cause(String words) {
            this.words = words;
        }
    }

    /// Makes the reason of a replica that gives its room to `model`.
    public static UnloadReason roomFor(String model) {
        return new UnloadReason(Cause.ROOM, model);
    }

    /// Makes a reason that names no other model.
    public static UnloadReason of(Cause cause) {
        return new UnloadReason(cause, null);
    }

    /// Returns whether the replica gives its room to `model`.
    public boolean isRoomFor(String other) {
        return cause == Cause.ROOM && other.equals(model);
    }

    @Override
    public String toString() {
        return cause.words + (model == null ? "" : " for " + model);
    }
}
