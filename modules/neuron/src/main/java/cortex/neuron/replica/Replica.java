package cortex.neuron.replica;

import cortex.core.node.LoadRequest;
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

    Replica(
            String id,
            LoadRequest request,
            Harness harness,
            @Nullable Replica predecessor,
            long since) {
        this.id = id;
        this.request = request;
        this.harness = harness;
        this.predecessor = predecessor;
        this.since = since;
    }

    boolean alive() {
        return status == ModelStatus.LOADING || status == ModelStatus.LOADED;
    }
}
