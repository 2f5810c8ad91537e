package cortex.simulation.replay;

import cortex.gateway.placement.eviction.Cost;
import cortex.gateway.placement.eviction.EvictionPolicy;
import cortex.gateway.placement.eviction.Resident;
import cortex.gateway.placement.eviction.Worth;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;

/// Evicts what is needed furthest in the future, weighted by what it costs to bring back: Belady's
/// rule, for what has a size and a price. With prices and sizes no rule is known that is the best
/// for every trace, so there are several, and the baseline is the best of them.
final class Clairvoyant implements EvictionPolicy {
    /// How the time until a model is needed again is weighted.
    enum Weight {
        /// Not at all: whatever is needed last leaves.
        NONE,
        /// By the seconds a load takes.
        SECONDS,
        /// By the seconds a load takes for each GiB that is freed.
        SECONDS_A_GIB
    }

    private static final double NEVER = 1e9;
    private static final double MB_A_GIB = 1_024;

    private final Map<String, long[]> arrivals = new HashMap<>();
    private final Weight weight;

    /// `start` is when the trace begins, monotonic nanoseconds.
    Clairvoyant(Trace trace, long start, Weight weight) {
        this.weight = weight;
        Map<String, LongStream.Builder> times = new HashMap<>();
        for (Trace.Arrival arrival : trace.arrivals()) {
            times.computeIfAbsent(arrival.model(), _ -> LongStream.builder())
                    .add(start + (long) (arrival.at() * 1e9));
        }
        times.forEach((model, at) -> arrivals.put(model, at.build().toArray()));
    }

    @Override
    public Cost cost(Resident resident, Worth worth, long now) {
        double away = secondsUntilUse(resident.model(), now);
        double secs = worth.reloadSecs(resident.totalMb());
        double gib = Math.max(1, resident.totalMb() / MB_A_GIB);
        double amount =
                switch (weight) {
                    case NONE -> 1 / away;
                    case SECONDS -> secs / away;
                    case SECONDS_A_GIB -> secs / gib / away;
                };
        return new Cost(0, amount);
    }

    private double secondsUntilUse(String model, long now) {
        long[] times = arrivals.getOrDefault(model, new long[0]);
        int at = Arrays.binarySearch(times, now + 1);
        int next = at < 0 ? -at - 1 : at;
        return next == times.length ? NEVER : Math.max(1e-3, (times[next] - now) / 1e9);
    }
}
