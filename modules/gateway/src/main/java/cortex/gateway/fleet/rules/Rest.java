package cortex.gateway.fleet.rules;

import cortex.core.failure.FailedPlace.Outcome;
import cortex.core.node.FailureCause;
import cortex.core.node.ModelInfo;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Says that a node does not try to load a model now: `how` and `reason` say why, `cause` what the
/// engine said, `left` for how long. No load has failed of it.
public record Rest(Outcome how, String reason, FailureCause cause, Duration left) {
    /// A node is not believed that it rests for longer.
    private static final Duration LONGEST = Duration.ofMinutes(2);

    private static final double NANOS = 1e9;

    public Rest {
        left = left.isNegative() ? Duration.ZERO : left;
        left = left.compareTo(LONGEST) > 0 ? LONGEST : left;
    }

    /// Returns the rest that an entry of a report tells of; null when it tells of none.
    public static @Nullable Rest of(ModelInfo entry) {
        ModelInfo.Rest said = entry.load().rest();
        if (said == null) {
            return null;
        }
        String reason = entry.engine().reason();
        FailureCause cause = entry.engine().cause();
        return new Rest(
                said.served() ? Outcome.DIED_SERVING : Outcome.LOAD_FAILED,
                reason == null ? "it failed" : reason,
                cause == null ? FailureCause.UNKNOWN : cause,
                Duration.ofNanos((long) (said.secs() * NANOS)));
    }
}
