package cortex.gateway.placement.eviction;

/// Unloads the replica first whose last use is longest ago. The cost is one over the idle time, so
/// that of several that make the same room those leave who are least likely wanted again soon.
final class LeastRecentlyUsed implements EvictionPolicy {
    private static final double NANOS = 1e9;

    @Override
    public Cost cost(Resident resident, Worth worth, long now) {
        return new Cost(0, recency(resident, now));
    }

    static double recency(Resident resident, long now) {
        return NANOS / Math.max(1, now - resident.activity().lastUsed());
    }
}
