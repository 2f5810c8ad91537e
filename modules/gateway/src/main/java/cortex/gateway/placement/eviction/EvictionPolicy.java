package cortex.gateway.placement.eviction;

import cortex.gateway.config.EvictionConfig.Strategy;

/// Says what it costs to unload one replica. Whether it may be unloaded at all is not its question.
/// Pure.
public interface EvictionPolicy {
    /// Returns the cost at `now` (monotonic nanoseconds); the sum over those who leave is kept as
    /// small as can be.
    Cost cost(Resident resident, Worth worth, long now);

    /// Returns the cost at `now` of a replica whose model stays loaded elsewhere as often as it is
    /// to be, whatever the policy: less than that of any other, and of several the one goes that
    /// was not used for longest.
    static Cost ofSpare(Resident resident, long now) {
        return new Cost(Cost.SPARE, LeastRecentlyUsed.recency(resident, now));
    }

    /// Returns the policy of a configured strategy.
    static EvictionPolicy of(Strategy strategy) {
        return switch (strategy) {
            case LRU -> new LeastRecentlyUsed();
            case PRIORITY -> new LowestClass();
            case COST -> new CheapestToReload();
        };
    }
}
