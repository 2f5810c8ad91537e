package cortex.gateway.fleet.view;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import cortex.core.failure.FailedPlace;
import cortex.core.node.FailureCause;
import cortex.gateway.fleet.rules.Backoff;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Is how the last loads of a model on a node failed, after the last success there, or why the node
/// does not load it now.
///
/// @param how whether a load failed, an engine that served ended, or the node refused to try
/// @param times how often in a row loads failed in this way; 0 when none was tried
/// @param reason how the last one did, in a sentence of ours
/// @param cause why, as far as the engine's output tells
/// @param when when that was, and when it may be tried again
/// @param log the command that shows all that the engine said; null when none ran
public record FailedLoad(
        String node,
        String how,
        int times,
        String reason,
        FailureCause cause,
        @JsonUnwrapped Timings when,
        @Nullable String log) {
    private static final double MILLIS = 1_000;

    /// Is how long ago it failed, and when it may be tried again; null when only a change of the
    /// node or of the profile helps.
    public record Timings(double agoSecs, @Nullable Double retryInSecs) {}

    /// Makes it of what is known of a node at `now`.
    public static FailedLoad of(String model, String node, Backoff last, long now) {
        Duration left = last.left(now);
        return new FailedLoad(
                node,
                last.how().word(),
                last.failures(),
                last.reason(),
                last.cause(),
                new Timings(secs(last.ago(now)), left == null ? null : Double.valueOf(secs(left))),
                last.cause().line() == null ? null : LogCommand.of(model, node));
    }

    /// Makes it of a node where no load is tried, since a file is missing there.
    public static FailedLoad untried(String node, String why) {
        var cause = FailureCause.of(FailureCause.Kind.FILE_MISSING);
        String how = FailedPlace.Outcome.UNTRIED.word();
        return new FailedLoad(node, how, 0, why, cause, new Timings(0, null), null);
    }

    /// Returns what happened on the node, as a sentence begins.
    String happened() {
        return switch (how) {
            case "died_serving" -> "its engine ended on " + node;
            case "refused" -> "is not loaded on " + node;
            default -> "loading failed on " + node;
        };
    }

    private static double secs(Duration duration) {
        return duration.toMillis() / MILLIS;
    }
}
