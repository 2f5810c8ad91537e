package cortex.gateway.placement.eviction;

/// Unloads replicas of a lower residency class first, within a class the least recently used.
final class LowestClass implements EvictionPolicy {
    @Override
    public Cost cost(Resident resident, Worth worth, long now) {
        return new Cost(resident.priority(), LeastRecentlyUsed.recency(resident, now));
    }
}
