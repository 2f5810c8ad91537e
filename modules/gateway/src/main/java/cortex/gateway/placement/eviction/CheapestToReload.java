package cortex.gateway.placement.eviction;

import java.time.Duration;

/// Keeps the replicas that are dearest to bring back. The cost is the seconds of loading that the
/// replica's absence is going to cost for each second it lasts: how long a load takes, by how often
/// the model is used, be it on the long run or because somebody is just at work with it. Memory is
/// not among the factors: that a set of victims makes enough room is its condition, and what it
/// frees beyond that is not lost.
final class CheapestToReload implements EvictionPolicy {
    /// A model that was just used is as likely as not to be used again within about a minute:
    /// agents come back after each step. Measured on the traces of docs/PERFORMANCE.md.
    private static final double AGAIN = 0.5;

    private static final double SOON_SECS = Duration.ofMinutes(1).toSeconds();
    private static final double NANOS = 1e9;

    @Override
    public Cost cost(Resident resident, Worth worth, long now) {
        double idle = Math.max(0, now - resident.activity().lastUsed()) / NANOS;
        double atWork = AGAIN * Math.exp(-idle / SOON_SECS) / SOON_SECS;
        double uses = worth.usesPerSecond() + atWork;
        return new Cost(0, worth.reloadSecs(resident.totalMb()) * uses);
    }
}
