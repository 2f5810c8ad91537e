package cortex.bench.fleet;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.ModelInfo;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.Replica;
import java.net.URI;
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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// A request for a model that is not loaded, on a thousand nodes and two hundred models: under a
/// millisecond. `room`: somewhere it fits; `evict`: every card is full of idle models; `never`: it
/// fits nowhere.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class DecisionBench {
    private static final int NODES = 1_000;
    private static final int MODELS = 200;
    private static final int LOADED = 6;

    /// How full the fleet is.
    @Param({"room", "evict", "never"})
    public String kind;

    private WarmFleet fleet;
    private ModelProfile wanted;
    private long now = Duration.ofHours(1).toNanos();
    private long request;

    /// Six models on every node, and a model that is nowhere.
    @Setup(Level.Trial)
    public void fill() {
        fleet = new WarmFleet(NODES, MODELS);
        wanted = WarmFleet.model("wanted", kind.equals("never") ? 90_000 : 6_000);
        List<List<ModelInfo>> loaded = new ArrayList<>();
        for (int node = 0; node < NODES; node++) {
            List<ModelInfo> here = new ArrayList<>();
            for (int i = 0; i < LOADED; i++) {
                String model = fleet.models.get((node * LOADED + i) % MODELS).id();
                here.add(WarmFleet.entry(model, List.of(i % 2), "node" + node + "/" + model));
            }
            loaded.add(here);
        }
        long free = kind.equals("room") ? 9_000 : 1_000;
        fleet.report(free, loaded, now);
        for (Replica replica : fleet.machine.replicas()) {
            now++;
            String id = replica.node() + "/" + replica.model();
            ModelInfo entry = WarmFleet.entry(replica.model(), replica.devices(), id);
            URI at = URI.create("http://" + replica.node());
            fleet.machine.on(
                    new FleetEvent.LoadDone(replica.generation(), at, replica.model(), entry), now);
        }
        now += Duration.ofMinutes(1).toNanos();
        fleet.report(free, loaded, now);
    }

    /// The decision and what follows from it, undone again.
    @Benchmark
    public int decide() {
        now += 1_000;
        List<Effect> effects =
                fleet.machine.on(
                        new FleetEvent.Asked(++request, wanted, FleetEvent.Asker.ANYBODY), now);
        int count = effects.size();
        for (Effect effect : effects) {
            switch (effect) {
                case Effect.StartLoad load ->
                        fleet.machine.on(
                                new FleetEvent.LoadFailed(load.generation(), "undone", true), now);
                case Effect.StartUnload unload ->
                        fleet.machine.on(
                                new FleetEvent.UnloadFailed(unload.generation(), "busy", true),
                                now);
                default -> {}
            }
        }
        fleet.machine.on(new FleetEvent.Left(request), now);
        return count;
    }

    /// The same decision, explained in full.
    @Benchmark
    public Object explain() {
        return fleet.machine.explain(wanted, now);
    }
}
