package cortex.gateway.fleet.rules;

import java.util.ArrayList;
import java.util.List;

/// Spreads memory over several devices, in MiB.
public final class Parts {
    private Parts() {}

    /// Returns a sum spread in the proportion of shares, evenly when all of them are 0.
    public static List<Long> of(long mb, List<Long> shares) {
        long all = 0;
        for (long share : shares) {
            all += share;
        }
        List<Long> parts = new ArrayList<>(shares.size());
        for (long share : shares) {
            parts.add(all == 0 ? mb / shares.size() : mb * share / all);
        }
        return parts;
    }

    /// Returns how much more than its part of all one device holds at most.
    public static long beyond(List<Long> held, List<Double> meant) {
        double all = 0;
        double whole = 0;
        for (int at = 0; at < held.size(); at++) {
            all += held.get(at);
            whole += meant.get(at);
        }
        double most = 0;
        for (int at = 0; at < held.size(); at++) {
            most = Math.max(most, held.get(at) - all * meant.get(at) / whole);
        }
        return (long) Math.ceil(most);
    }
}
