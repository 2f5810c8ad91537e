package cortex.gateway.fleet.rules;

import java.time.Duration;

/// How often in a row a load failed in one place, why, and when it may be tried again (monotonic
/// nanoseconds): two seconds after the first time, doubled each time, two minutes at most.
public record Backoff(int failures, String reason, long retryAt) {
    private static final Duration FIRST = Duration.ofSeconds(2);
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final int DOUBLINGS = 6;

    /// After the first failure.
    public static Backoff first(String reason, long now) {
        return new Backoff(1, reason, now + FIRST.toNanos());
    }

    /// After one more.
    public Backoff again(String reason, long now) {
        long wait = FIRST.toNanos() << Math.min(failures, DOUBLINGS);
        return new Backoff(failures + 1, reason, now + Math.min(wait, LONGEST.toNanos()));
    }
}
