package cortex.gateway.fleet.rules;

import java.time.Duration;

/// Says how often in a row a load failed in one place, why, and when it may be tried again
/// (monotonic nanoseconds): two seconds after the first time, doubled each time, two minutes at
/// most.
public record Backoff(int failures, String reason, long retryAt) {
    private static final Duration FIRST = Duration.ofSeconds(2);
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final int DOUBLINGS = 6;

    /// Returns what follows a load that was lost with its node or on the way there: it may be tried
    /// again at once, and what follows counts from there.
    public static Backoff lost(String reason, long now) {
        return new Backoff(0, reason, now);
    }

    /// Returns what follows the first failure.
    public static Backoff first(String reason, long now) {
        return new Backoff(1, reason, now + FIRST.toNanos());
    }

    /// Returns what follows one more.
    public Backoff again(String reason, long now) {
        long wait = FIRST.toNanos() << Math.min(failures, DOUBLINGS);
        return new Backoff(failures + 1, reason, now + Math.min(wait, LONGEST.toNanos()));
    }
}
