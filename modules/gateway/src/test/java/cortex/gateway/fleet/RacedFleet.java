package cortex.gateway.fleet;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.node.Discovery;
import cortex.core.node.EngineOptions;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth;
import cortex.core.time.SystemTime;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetMachine;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A real fleet of one model and one node, for real threads.
final class RacedFleet {
    final ModelProfile model =
            new ModelProfile(
                    "m",
                    List.of(),
                    new ModelProfile.Engine("demo", null, EngineOptions.NONE),
                    new ModelProfile.Needs(100L, 0, null, null, List.of()),
                    ModelProfile.Residency.DEFAULT);
    final BlockingQueue<Effect.Command> commands = new LinkedBlockingQueue<>();
    final SystemTime time = new SystemTime();
    final Fleet fleet =
            new Fleet(
                    new FleetMachine(
                            new FleetMachine.Settings(
                                    List.of(new NodeAddress("n", URI.create("http://n:1"))),
                                    new Catalogue(List.of(model)),
                                    3,
                                    Duration.ZERO,
                                    1000,
                                    FleetMachine.Policy.PLAIN)),
                    time,
                    commands::add);

    void report(ModelInfo... models) {
        report(time.nanos(), models);
    }

    void report(long askedAt, ModelInfo... models) {
        var discovery = new Discovery("n", "linux", null, List.of(), List.of("demo"), null);
        var health = new NodeHealth(1, List.of(), 10_000L, null);
        fleet.submit(new FleetEvent.NodeReported("n", askedAt, discovery, health, List.of(models)));
    }

    static ModelInfo info(long generation) {
        return info(generation, null);
    }

    static ModelInfo info(long generation, @Nullable Integer slots) {
        return new ModelInfo(
                "m",
                "r" + generation,
                ModelStatus.LOADED,
                0,
                new ModelInfo.Engine("demo", "m", slots, null, null, null),
                ModelInfo.Memory.of(List.of(), null),
                ModelInfo.Load.took(null));
    }

    long load() throws InterruptedException {
        return load(null);
    }

    long load(@Nullable Integer slots) throws InterruptedException {
        Effect.StartLoad load = (Effect.StartLoad) commands.take();
        long generation = load.generation();
        ModelInfo info = info(generation, slots);
        fleet.submit(new FleetEvent.LoadDone(generation, URI.create("http://n:2"), "m", info));
        return generation;
    }

    int inFlight() {
        return fleet.snapshot().replicas().stream()
                .mapToInt(FleetSnapshot.ReplicaView::inFlight)
                .sum();
    }

    /// The model is ready where so many requests may be under way at once (null: not told).
    long ready(@Nullable Integer slots) throws InterruptedException {
        report();
        fleet.request(model, FleetEvent.Caller.ANYBODY).close();
        return load(slots);
    }

    /// Starts sixteen clients, each with choices of its own.
    static List<Thread> clients(Consumer<SplittableRandom> act) {
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            int seed = i;
            clients.add(
                    Thread.ofPlatform()
                            .name("client-" + i)
                            .start(() -> act.accept(new SplittableRandom(seed))));
        }
        return clients;
    }
}
