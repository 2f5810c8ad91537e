package cortex.simulation.replay;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/// Counts what happens in a replay.
final class Tally {
    private static final int PERCENT = 100;

    private final String strategy;
    private final List<Double> waits = new ArrayList<>();
    private int loads;
    private int coldStarts;
    private double coldStartSecs;
    private int evictions;
    private int refused;
    private double heldMbSecs;
    private double busyMbSecs;
    private double allMbSecs;

    Tally(String strategy) {
        this.strategy = strategy;
    }

    /// Time goes by with the nodes as they are.
    void pass(Collection<ReplayNode> nodes, long nanos) {
        double secs = nanos / 1e9;
        for (ReplayNode node : nodes) {
            long all = 0;
            for (long mb : node.node.devicesMb()) {
                all += mb;
            }
            allMbSecs += all * secs;
            heldMbSecs += node.heldMb(false) * secs;
            busyMbSecs += node.heldMb(true) * secs;
        }
    }

    void granted(double waited, boolean cold) {
        waits.add(waited);
        coldStarts += cold ? 1 : 0;
    }

    void loaded(double secs) {
        loads++;
        coldStartSecs += secs;
    }

    void evicted() {
        evictions++;
    }

    void refused() {
        refused++;
    }

    Outcome outcome() {
        Collections.sort(waits);
        return new Outcome(
                strategy,
                waits.size() + refused,
                new Outcome.Loads(loads, coldStarts, coldStartSecs),
                waits(),
                evictions,
                refused,
                new Outcome.Memory(percent(heldMbSecs), percent(busyMbSecs)));
    }

    private Outcome.Waits waits() {
        double secs = waits.stream().mapToDouble(w -> w).sum();
        return new Outcome.Waits(secs, waited(50), waited(95), waited(99));
    }

    private double percent(double mbSecs) {
        return allMbSecs == 0 ? 0 : PERCENT * mbSecs / allMbSecs;
    }

    private double waited(int percent) {
        int at = waits.size() * percent / PERCENT;
        return waits.isEmpty() ? 0 : waits.get(Math.min(at, waits.size() - 1));
    }
}
