package cortex.gateway.placement.eviction;

import java.time.Duration;

/// Is how often a model is asked for: a rate in which every request counts less as it ages.
/// Requests that follow each other at once are one use of a loaded model, so a request counts by
/// the time since the one before, and fully after {@link #APART}. Immutable; times are monotonic
/// nanoseconds.
public record Traffic(double uses, long at) {
    /// Nobody ever asked.
    public static final Traffic NONE = new Traffic(0, 0);

    /// Requests further apart than this are uses of their own.
    static final Duration APART = Duration.ofMinutes(1);

    /// After this time a use counts for 1/e.
    static final Duration MEMORY = Duration.ofMinutes(30);

    /// Returns it with one more request.
    public Traffic noted(long now) {
        double weight =
                uses == 0 ? 1 : Math.min(1, Math.max(0, now - at) / (double) APART.toNanos());
        return new Traffic(faded(now) + weight, now);
    }

    /// Returns the uses a second, as far as they are remembered.
    public double perSecond(long now) {
        return faded(now) / MEMORY.toSeconds();
    }

    private double faded(long now) {
        return uses * Math.exp(-Math.max(0, now - at) / (double) MEMORY.toNanos());
    }
}
