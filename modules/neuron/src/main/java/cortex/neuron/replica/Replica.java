package cortex.neuron.replica;

import cortex.core.node.LoadRequest;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.neuron.harness.Harness;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// One replica as {@link ReplicaHost} keeps it. The mutable fields belong to the host and are read
/// and written under its lock only; the others may be read by anyone.
final class Replica {
    final String id;
    final LoadRequest request;
    final Harness harness;

    /// The replica of the same model that must be gone before this one may start; only for the
    /// thread that starts this one.
    @Nullable Replica predecessor;

    /// Open until the engine is verified gone and its port and record are given back.
    final CountDownLatch gone = new CountDownLatch(1);

    final long since;

    ModelStatus status = ModelStatus.LOADING;
    Harness.@Nullable Engine engine;
    Harness.@Nullable Facts facts;
    int inFlight;
    @Nullable Double loadSecs;
    @Nullable String reason;

    /// How often in a row this model failed, this replica included.
    int failures;

    /// Monotonic nanoseconds before which a failed model is not started again.
    long retryAt;

    Replica(String id, LoadRequest request, Harness harness, long since) {
        this.id = id;
        this.request = request;
        this.harness = harness;
        this.since = since;
    }

    boolean alive() {
        return status == ModelStatus.LOADING || status == ModelStatus.LOADED;
    }

    /// As it is now; under the host's lock.
    Snapshot snapshot() {
        return new Snapshot(this, status, engine, facts, inFlight, loadSecs, reason);
    }

    /// A replica as it was while the host's lock was held; what needs others is added afterwards.
    record Snapshot(
            Replica replica,
            ModelStatus status,
            Harness.@Nullable Engine engine,
            Harness.@Nullable Facts facts,
            int inFlight,
            @Nullable Double loadSecs,
            @Nullable String reason) {

        /// For `GET /models`; without the lock.
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
}
