package cortex.bench.fleet;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.config.EvictionConfig.Strategy;
import cortex.gateway.placement.Circumstances;
import cortex.gateway.placement.Decision;
import cortex.gateway.placement.Explanation;
import cortex.gateway.placement.NodeRoom;
import cortex.gateway.placement.NodeRoom.DeviceRoom;
import cortex.gateway.placement.NodeRoom.Ledger;
import cortex.gateway.placement.Planner;
import cortex.gateway.placement.eviction.EvictionPolicy;
import cortex.gateway.placement.eviction.Resident;
import cortex.gateway.placement.eviction.Resident.Activity;
import cortex.gateway.placement.eviction.Resident.Use;
import cortex.gateway.placement.eviction.Traffic;
import cortex.gateway.placement.eviction.Worth;
import cortex.gateway.placement.footprint.Learned;
import cortex.simulation.replay.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
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

/// A decision about a model that is not loaded, on a thousand nodes with two hundred models: under
/// a millisecond. `room`: every node has room; `evict`: every card is full of idle models; `busy`:
/// of busy ones; `never`: the model fits nowhere.
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
    private static final long NOW = Duration.ofHours(10).toNanos();

    /// How full the fleet is.
    @Param({"room", "evict", "busy", "never"})
    public String kind;

    /// Who leaves, in the configuration's words.
    @Param({"COST", "LRU", "PRIORITY"})
    public Strategy strategy;

    private final SplittableRandom random = new SplittableRandom(1);
    private final Map<String, Worth> worth = new HashMap<>();
    private final List<NodeRoom> rooms = new ArrayList<>();
    private Planner planner;
    private ModelProfile wanted;
    private Circumstances circumstances;

    /// Six models on every node, and a model that is nowhere.
    @Setup(Level.Trial)
    public void fill() {
        planner = new Planner(EvictionPolicy.of(strategy));
        wanted = Workload.model("wanted", kind.equals("never") ? 90_000 : 6_000);
        for (int i = 0; i < MODELS; i++) {
            Traffic traffic = Traffic.NONE.noted(NOW - random.nextLong(NOW));
            worth.put("model" + i, new Worth(2.0 + random.nextInt(30), traffic.perSecond(NOW), 0));
        }
        for (int i = 0; i < NODES; i++) {
            rooms.add(node(i));
        }
        circumstances =
                new Circumstances(
                        NOW,
                        Duration.ofSeconds(10).toNanos(),
                        _ -> null,
                        model -> worth.getOrDefault(model, Worth.UNKNOWN),
                        Learned.NOTHING);
    }

    private NodeRoom node(int number) {
        long free = kind.equals("room") ? 7_000 + random.nextInt(9_000) : 1_000;
        List<DeviceRoom> cards = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            cards.add(new DeviceRoom(i, "card", 24_000L, null, new Ledger(free, 0, 0, 0, 256)));
        }
        List<Resident> residents = new ArrayList<>();
        for (int i = 0; i < LOADED; i++) {
            residents.add(
                    new Resident(
                            number * LOADED + i,
                            "model" + (number * LOADED + i) % MODELS,
                            List.of(i % 2),
                            List.of(3_000L + random.nextInt(5_000)),
                            new Activity(
                                    kind.equals("busy") ? Use.BUSY : Use.IDLE,
                                    NOW - random.nextLong(NOW / 2),
                                    0),
                            false,
                            0));
        }
        var ram = new DeviceRoom(NodeRoom.RAM, "RAM", 64_000L, null, new Ledger(9L, 0, 0, 0, 0));
        return new NodeRoom(
                "node" + number,
                new NodeRoom.Condition(true, null, false, null),
                Set.of("llamacpp"),
                cards,
                ram,
                residents);
    }

    /// What the fleet decides under its lock.
    @Benchmark
    public Decision decide() {
        return planner.plan(wanted, rooms, circumstances);
    }

    /// The same decision with all that can be said about each node, as `cortex why` shows it.
    @Benchmark
    public Explanation explain() {
        return Explanation.of(planner.explain(wanted, rooms, circumstances), circumstances);
    }
}
