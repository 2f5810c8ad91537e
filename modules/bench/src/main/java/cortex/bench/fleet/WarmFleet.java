package cortex.bench.fleet;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ComputeCapability;
import cortex.core.catalogue.ModelProfile;
import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.core.node.DeviceMemory;
import cortex.core.node.Discovery;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetMachine;
import cortex.simulation.replay.Workload;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A fleet of equal nodes with two cards each, and models that are small enough for one.
final class WarmFleet {
    private static final long CARD_MB = 24_000;
    private static final int WAITERS = 100_000;

    final List<ModelProfile> models = new ArrayList<>();
    final FleetMachine machine;
    private final List<NodeAddress> nodes = new ArrayList<>();
    private long lastRequest;

    WarmFleet(int nodeCount, int modelCount) {
        for (int i = 0; i < nodeCount; i++) {
            nodes.add(new NodeAddress("node" + i, URI.create("http://node" + i)));
        }
        for (int i = 0; i < modelCount; i++) {
            models.add(Workload.model("model" + i, 3_000 + 500L * (i % 16)));
        }
        machine =
                new FleetMachine(
                        new FleetMachine.Settings(
                                nodes,
                                new Catalogue(models),
                                3,
                                Duration.ZERO,
                                WAITERS,
                                FleetMachine.Policy.PLAIN));
    }

    /// Every node reports its cards with so much free, and what it is said to have loaded, which is
    /// found loaded.
    void report(long freeMb, List<List<ModelInfo>> loaded, long now) {
        for (int i = 0; i < nodes.size(); i++) {
            List<DeviceInfo> cards = new ArrayList<>();
            List<DeviceHealth> readings = new ArrayList<>();
            for (int d = 0; d < 2; d++) {
                cards.add(
                        new DeviceInfo(
                                d,
                                "nvidia",
                                "card",
                                null,
                                CARD_MB,
                                DeviceMemory.OWN,
                                Map.of(ComputeCapability.KEY, "8.9")));
                readings.add(new DeviceHealth(d, CARD_MB - freeMb, freeMb, 0, 40));
            }
            String name = nodes.get(i).name();
            var host =
                    new Discovery(name, "linux", null, cards, List.of("llamacpp"), 64_000L);
            var health = new NodeHealth(1, readings, 32_000L, 0L);
            List<ModelInfo> here = i < loaded.size() ? loaded.get(i) : List.of();
            var report = new FleetEvent.NodeReported(name, now, host, health, here);
            for (Effect effect : machine.on(report, now).effects()) {
                if (effect instanceof Effect.Adopt adopt) {
                    ModelInfo entry =
                            here.stream()
                                    .filter(m -> m.replica().equals(adopt.replica()))
                                    .findFirst()
                                    .orElseThrow();
                    machine.on(done(adopt.generation(), entry), now);
                }
            }
        }
    }

    /// Loads a model by asking for it, and gives the lease back.
    void load(ModelProfile model, long now) {
        long request = --lastRequest;
        List<Effect> effects =
                machine.on(new FleetEvent.Requested(request, model, FleetEvent.Caller.ANYBODY), now)
                        .effects();
        for (Effect effect : effects) {
            if (effect instanceof Effect.StartLoad load) {
                machine.on(loaded(load), now);
                machine.on(new FleetEvent.Released(request), now);
            }
        }
    }

    static FleetEvent.LoadDone loaded(Effect.StartLoad load) {
        String replica = "r" + load.generation();
        List<Integer> devices = load.request().devices();
        return done(load.generation(), entry(load.request().modelId(), devices, replica, 0));
    }

    private static FleetEvent.LoadDone done(long generation, ModelInfo entry) {
        URI endpoint = URI.create("http://host/engines/" + entry.replica());
        return new FleetEvent.LoadDone(generation, endpoint, entry.id(), entry);
    }

    static ModelInfo entry(String model, List<Integer> devices, String replica, int inFlight) {
        return new ModelInfo(
                model,
                replica,
                ModelStatus.LOADED,
                inFlight,
                new ModelInfo.Engine("llamacpp", model, null, 4_096, null, null),
                ModelInfo.Memory.of(devices, 5_000L),
                ModelInfo.Load.took(4.0));
    }
}
