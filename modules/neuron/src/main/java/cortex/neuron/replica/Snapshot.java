package cortex.neuron.replica;

import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.neuron.harness.Harness;
import org.jspecify.annotations.Nullable;

/// One replica as it was when the host's lock was held; what needs others is added afterwards.
record Snapshot(
        Replica replica,
        ModelStatus status,
        Harness.@Nullable Engine engine,
        Harness.@Nullable Facts facts,
        int inFlight,
        @Nullable Double loadSecs,
        @Nullable String reason) {

    /// Called under the host's lock.
    static Snapshot of(Replica replica) {
        return new Snapshot(
                replica,
                replica.status,
                replica.engine,
                replica.facts,
                replica.inFlight,
                replica.loadSecs,
                replica.reason);
    }

    /// Called without the lock.
    ModelInfo info(DeviceView devices) {
        return new ModelInfo(
                replica.request.modelId(),
                replica.harness.name(),
                status,
                replica.request.devices(),
                engine == null ? null : devices.vramUsedMb(engine.pids()),
                replica.id,
                facts == null ? null : facts.engineModel(),
                inFlight,
                facts == null ? null : facts.slots(),
                facts == null ? null : facts.context(),
                loadSecs,
                reason);
    }
}
