package cortex.bench.fleet;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.ModelInfo;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.simulation.replay.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// A request for a model that is not loaded, on a thousand nodes full of two hundred busy models,
/// and its leaving: all that the fleet's lock is held for. Under a millisecond.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class AskBench {
    private static final int NODES = 1_000;
    private static final int MODELS = 200;
    private static final int LOADED = 6;

    private final ModelProfile wanted = Workload.model("wanted", 6_000);
    private WarmFleet fleet;
    private long now = Duration.ofHours(1).toNanos();
    private long request;

    /// Six models on every node, all in use by somebody else.
    @Setup(Level.Trial)
    public void fill() {
        fleet = new WarmFleet(NODES, MODELS);
        List<List<ModelInfo>> loaded = new ArrayList<>();
        for (int node = 0; node < NODES; node++) {
            List<ModelInfo> here = new ArrayList<>();
            for (int i = 0; i < LOADED; i++) {
                int number = node * LOADED + i;
                String model = "model" + number % MODELS;
                here.add(WarmFleet.entry(model, List.of(i % 2), "r" + number, 1));
            }
            loaded.add(here);
        }
        for (int reports = 0; reports < 3; reports++) {
            now += Duration.ofSeconds(2).toNanos();
            fleet.report(1_000, loaded, now);
        }
    }

    /// Asks, waits, leaves.
    @Benchmark
    public int ask() {
        long id = ++request;
        now++;
        var asked = new FleetEvent.Requested(id, wanted, FleetEvent.Caller.ANYBODY);
        int effects = fleet.machine.on(asked, now).effects().size();
        return effects + fleet.machine.on(new FleetEvent.Left(id), now).effects().size();
    }
}
