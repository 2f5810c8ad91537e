package cortex.gateway.fleet.view;

import cortex.core.node.FailureCause;
import cortex.gateway.fleet.rules.Backoff;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Is how the last loads of a model on a node failed, after the last success there.
///
/// @param times how often in a row they failed in this way; 0 when none was tried
/// @param reason how the last one did, in a sentence of ours
/// @param cause why, as far as the engine's output tells
/// @param agoSecs how long ago that was
/// @param retryInSecs when it may be tried again; null when only a change of the node or of the
///   profile helps
/// @param log the command that shows all that the engine said; null when none ran
public record FailedLoad(
        String node,
        int times,
        String reason,
        FailureCause cause,
        double agoSecs,
        @Nullable Double retryInSecs,
        @Nullable String log) {
    private static final double MILLIS = 1_000;

    /// Makes it of what is known at `now` of a node whose neuron is at `neuron`.
    public static FailedLoad of(String model, String node, URI neuron, Backoff last, long now) {
        Duration left = last.left(now);
        return new FailedLoad(
                node,
                last.failures(),
                last.reason(),
                last.cause(),
                secs(last.ago(now)),
                left == null ? null : Double.valueOf(secs(left)),
                last.cause().line() == null ? null : LogCommand.of(neuron, model));
    }

    /// Makes it of a node where no load is tried, since a file is missing there.
    public static FailedLoad untried(String node, String why) {
        var cause = FailureCause.of(FailureCause.Kind.FILE_MISSING);
        return new FailedLoad(node, 0, why, cause, 0, null, null);
    }

    private static double secs(Duration duration) {
        return duration.toMillis() / MILLIS;
    }
}
