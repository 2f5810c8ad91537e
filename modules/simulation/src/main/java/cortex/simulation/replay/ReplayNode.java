package cortex.simulation.replay;

import cortex.core.catalogue.ComputeCapability;
import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.core.node.DeviceMemory;
import cortex.core.node.Discovery;
import cortex.core.node.LoadRequest;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A node on which all goes well: engines take what the catalogue says, load in a known time, and
/// give everything back.
final class ReplayNode {
    final ReplayFleet.Node node;
    private final List<String> harnesses;
    private final List<Engine> engines = new ArrayList<>();
    private final long[] free;
    private long ramFree;
    private int started;

    ReplayNode(ReplayFleet.Node node, List<String> harnesses) {
        this.node = node;
        this.harnesses = harnesses;
        this.free = node.devicesMb().stream().mapToLong(mb -> mb).toArray();
        this.ramFree = node.ramMb();
    }

    /// One engine, and how many requests it is serving.
    static final class Engine {
        final LoadRequest request;
        final String replica;
        final long mb;
        final double loadSecs;
        ModelStatus status = ModelStatus.LOADING;
        int inFlight;

        Engine(LoadRequest request, String replica, long mb, double loadSecs) {
            this.request = request;
            this.replica = replica;
            this.mb = mb;
            this.loadSecs = loadSecs;
        }
    }

    Engine load(LoadRequest request, long mb) {
        Engine engine = new Engine(request, node.name() + "-" + ++started, mb, node.loadSecs(mb));
        engines.add(engine);
        take(engine, 1);
        return engine;
    }

    /// The engine's memory is free again.
    void gone(Engine engine) {
        engines.remove(engine);
        take(engine, -1);
    }

    private void take(Engine engine, int sign) {
        List<Integer> devices = engine.request.devices();
        if (devices.isEmpty()) {
            ramFree -= sign * engine.mb;
        }
        List<Double> split = engine.request.options().tensorSplit();
        double all = split.stream().mapToDouble(part -> part).sum();
        for (int i = 0; i < devices.size(); i++) {
            double part = split.isEmpty() ? 1.0 / devices.size() : split.get(i) / all;
            free[devices.get(i)] -= sign * (long) (engine.mb * part);
            if (free[devices.get(i)] < 0) {
                throw new IllegalStateException(
                        node.name() + " device " + devices.get(i) + " is over-committed");
            }
        }
    }

    @Nullable Engine engine(String replica) {
        return engines.stream().filter(e -> e.replica.equals(replica)).findFirst().orElse(null);
    }

    /// What engines hold of all devices; only those serving requests when `busy`.
    long heldMb(boolean busy) {
        long held = 0;
        for (Engine engine : engines) {
            held +=
                    engine.request.devices().isEmpty() || (busy && engine.inFlight == 0)
                            ? 0
                            : engine.mb;
        }
        return held;
    }

    Discovery discovery() {
        List<DeviceInfo> devices = new ArrayList<>();
        for (int i = 0; i < free.length; i++) {
            long mb = node.devicesMb().get(i);
            devices.add(
                    new DeviceInfo(
                            i,
                            "nvidia",
                            "card " + mb,
                            null,
                            mb,
                            DeviceMemory.OWN,
                            Map.of(ComputeCapability.KEY, "9.0")));
        }
        return new Discovery(node.name(), "linux", null, devices, harnesses, node.ramMb());
    }

    NodeHealth health() {
        List<DeviceHealth> readings = new ArrayList<>();
        for (int i = 0; i < free.length; i++) {
            readings.add(new DeviceHealth(i, null, free[i], null, null));
        }
        return new NodeHealth(1, readings, ramFree, 0L);
    }

    List<ModelInfo> models() {
        return engines.stream().map(ReplayNode::info).toList();
    }

    static ModelInfo info(Engine engine) {
        boolean loaded = engine.status == ModelStatus.LOADED;
        return new ModelInfo(
                engine.request.modelId(),
                engine.replica,
                engine.status,
                engine.inFlight,
                new ModelInfo.Engine(
                        engine.request.harness(), engine.request.modelId(), null, null, null, null),
                ModelInfo.Memory.of(engine.request.devices(), engine.mb),
                ModelInfo.Load.took(loaded ? engine.loadSecs : null));
    }
}
