package cortex.gateway.fleet.rules;

import cortex.gateway.config.RoutingConfig;

/// Is one replica's circuit breaker: after so many failed requests in a row it is open for a while,
/// then lets one request through to see; each failure of such a probe doubles the while. A request
/// that its engine answers closes it. `openUntil` is monotonic nanoseconds, and means something
/// from the first failure on.
public record Breaker(int failures, long openUntil, boolean tripped) {
    /// No failure in a row.
    public static final Breaker CLOSED = new Breaker(0, 0, false);

    private static final int DOUBLINGS = 4;

    /// Returns the breaker after one more failed request.
    public Breaker failed(RoutingConfig routing, long now) {
        int more = failures + 1;
        int over = more - routing.breakerFailures();
        return over < 0
                ? new Breaker(more, now, false)
                : new Breaker(
                        more,
                        now + (routing.breakerOpen().toNanos() << Math.min(over, DOUBLINGS)),
                        true);
    }

    /// Returns whether it lets nothing through now.
    public boolean open(long now) {
        return tripped && openUntil - now > 0;
    }

    /// Returns whether it lets one request through at a time, to see.
    public boolean probing(long now) {
        return tripped && openUntil - now <= 0;
    }
}
