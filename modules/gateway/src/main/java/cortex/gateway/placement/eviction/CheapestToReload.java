package cortex.gateway.placement.eviction;

import cortex.gateway.placement.NodeRoom.Resident;

/// What is dearest to bring back stays: the seconds of loading that its absence is going to cost,
/// for the memory it holds.
final class CheapestToReload implements EvictionPolicy {
    private static final double MB_A_GB = 1_024;

    @Override
    public Cost cost(Resident resident, Worth worth, long now) {
        double secs = worth.reloadSecs(resident.totalMb());
        double uses = worth.traffic().perSecond(now);
        double gb = Math.max(1, resident.totalMb() / MB_A_GB);
        return new Cost(0, secs * uses / gb);
    }
}
