package cortex.gateway.fleet.rules;

import cortex.core.failure.FailedPlace;
import cortex.core.node.FailureCause;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Says how loads of one model failed on one node: how often in a row, how and why the last time,
/// when that was and when it may be tried again (monotonic nanoseconds): two seconds after the
/// first time, doubled each time, two minutes at most. A failure of another kind starts its own
/// back-off. One whose kind lasts is not tried again before something changes.
///
/// @param retryAt when it may be tried again; null when only a change helps
public record Backoff(
        int failures, String reason, FailureCause cause, long at, @Nullable Long retryAt) {
    private static final Duration FIRST = Duration.ofSeconds(2);
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final int DOUBLINGS = 6;

    /// Returns what follows a load that was lost with its node or on the way there: it may be tried
    /// again at once the first time, and what follows counts from there.
    public static Backoff lost(@Nullable Backoff before, String reason, long now) {
        return before == null || before.lasting()
                ? new Backoff(0, reason, FailureCause.UNKNOWN, now, now)
                : before.again(reason, before.cause, now);
    }

    /// Returns what follows a load that failed for sure.
    public static Backoff failed(
            @Nullable Backoff before, String reason, FailureCause cause, long now) {
        if (before != null && before.cause.kind() == cause.kind()) {
            return before.again(reason, cause, now);
        }
        boolean lasts = cause.kind().lasting();
        return new Backoff(
                1, reason, cause, now, lasts ? null : Long.valueOf(now + FIRST.toNanos()));
    }

    private Backoff again(String why, FailureCause because, long now) {
        long wait = FIRST.toNanos() << Math.min(failures, DOUBLINGS);
        long until = now + Math.min(wait, LONGEST.toNanos());
        boolean lasts = because.kind().lasting();
        return new Backoff(failures + 1, why, because, now, lasts ? null : Long.valueOf(until));
    }

    /// Returns whether trying again is no use before something changes.
    public boolean lasting() {
        return retryAt == null;
    }

    /// Returns whether it is not to be tried at `now`.
    public boolean holds(long now) {
        return retryAt == null || retryAt - now > 0;
    }

    /// Returns how long it is not to be tried from `now` on; null when only a change helps.
    public @Nullable Duration left(long now) {
        return retryAt == null ? null : Duration.ofNanos(Math.max(0, retryAt - now));
    }

    /// Returns how long ago it failed.
    public Duration ago(long now) {
        return Duration.ofNanos(Math.max(0, now - at));
    }

    /// Returns the failure as it is told at `now`.
    public FailedPlace on(String node, long now) {
        return new FailedPlace(node, reason, cause.line(), ago(now));
    }
}
