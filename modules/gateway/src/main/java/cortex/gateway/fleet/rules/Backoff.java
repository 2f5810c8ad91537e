package cortex.gateway.fleet.rules;

import cortex.core.failure.FailedPlace;
import cortex.core.failure.FailedPlace.Outcome;
import cortex.core.node.FailureCause;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Says how loads of one model failed on one node: how often in a row, how and why the last time,
/// when that was and when it may be tried again (monotonic nanoseconds): two seconds after the
/// first time, doubled each time, two minutes at most. A failure of another kind starts its own
/// back-off. One whose kind lasts is not tried again before something changes. A node that refuses
/// to try is asked again when it says so; that is no failure.
///
/// @param refusals how often in a row the node refused to try
/// @param retryAt when it may be tried again; null when only a change helps
public record Backoff(
        int failures,
        int refusals,
        Outcome how,
        String reason,
        FailureCause cause,
        long at,
        @Nullable Long retryAt) {
    private static final Duration FIRST = Duration.ofSeconds(2);
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final Duration SLACK = Duration.ofSeconds(1);
    private static final int DOUBLINGS = 6;

    /// Returns what follows a load that was lost with its node or on the way there: it may be tried
    /// again at once the first time, and what follows counts from there.
    public static Backoff lost(@Nullable Backoff before, String reason, long now) {
        if (before != null && before.lasting()) {
            return before;
        }
        return before == null || before.onlyRests()
                ? new Backoff(0, 0, Outcome.LOAD_FAILED, reason, FailureCause.UNKNOWN, now, now)
                : before.again(reason, before.cause, now);
    }

    /// Returns what follows when a node does not try.
    public static Backoff resting(@Nullable Backoff before, Rest rest, long now) {
        Long until = now + rest.left().toNanos();
        if (before == null) {
            return new Backoff(0, 1, rest.how(), rest.reason(), rest.cause(), now, until);
        }
        Long earlier = before.retryAt;
        boolean same = before.how == Outcome.LOAD_FAILED && rest.how() == Outcome.LOAD_FAILED;
        return new Backoff(
                before.failures,
                before.refusals + 1,
                rest.how(),
                same ? before.reason : rest.reason(),
                same ? before.cause : rest.cause(),
                same ? before.at : now,
                earlier == null ? null : Long.valueOf(earlier - until > 0 ? earlier : until));
    }

    /// Returns whether no load has failed: the node only rests, or did.
    public boolean onlyRests() {
        return failures == 0 && refusals > 0;
    }

    /// Returns whether it is of interest at `now`: a rest that is over is not.
    public boolean concerns(long now) {
        return !onlyRests() || holds(now);
    }

    /// Returns whether a rest that a node tells of is known already, but for a little that clocks
    /// and answers differ by.
    public boolean knows(Rest rest, long now) {
        long until = now + rest.left().toNanos() - SLACK.toNanos();
        return retryAt == null || retryAt - until >= 0;
    }

    /// Returns what follows a load that failed for sure.
    public static Backoff failed(
            @Nullable Backoff before, String reason, FailureCause cause, long now) {
        if (before != null && before.cause.kind() == cause.kind()) {
            return before.again(reason, cause, now);
        }
        boolean lasts = cause.kind().lasting();
        return new Backoff(
                1,
                0,
                Outcome.LOAD_FAILED,
                reason,
                cause,
                now,
                lasts ? null : Long.valueOf(now + FIRST.toNanos()));
    }

    private Backoff again(String why, FailureCause because, long now) {
        long wait = FIRST.toNanos() << Math.min(failures, DOUBLINGS);
        long until = now + Math.min(wait, LONGEST.toNanos());
        boolean lasts = because.kind().lasting();
        return new Backoff(
                failures + 1,
                0,
                Outcome.LOAD_FAILED,
                why,
                because,
                now,
                lasts ? null : Long.valueOf(until));
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
        return new FailedPlace(node, how, reason, cause.line(), ago(now));
    }
}
