package cortex.neuron.replica;

import cortex.core.node.FailureCause;
import cortex.core.node.LoadRequest;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.neuron.harness.EngineEnd;
import cortex.neuron.harness.Harness;
import cortex.neuron.memory.Held;
import cortex.neuron.memory.Returned;
import cortex.neuron.memory.Watched;
import cortex.neuron.process.Readiness;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// One replica as {@link ReplicaBook} keeps it. The mutable fields belong to the book and are read
/// and written under its lock only; the others may be read by anyone.
final class Replica {
    private static final double MOST_BY_MEMORY = 0.99;

    final String id;
    final LoadRequest request;
    final Harness harness;

    /// The replica of the same model that must be gone before this one may start; only for the
    /// thread that starts this one.
    @Nullable Replica predecessor;

    /// Open until the engine is verified gone and its port and record are given back.
    final CountDownLatch gone = new CountDownLatch(1);

    final long since;

    /// Its memory, once its engine is about to start; written by the thread that starts it.
    volatile @Nullable Watched watched;

    /// What became of its memory; written before it is gone.
    volatile @Nullable Returned returned;

    ModelStatus status = ModelStatus.LOADING;
    Harness.@Nullable Engine engine;
    Harness.@Nullable Facts facts;
    int inFlight;

    /// How many requests were in it when its engine ended.
    int inFlightAtEnd;

    @Nullable Double loadSecs;

    /// How it failed; null before it did.
    @Nullable EngineEnd end;

    /// Why it was ended as frozen; null when it was not.
    @Nullable String frozen;

    /// When its engine last sent a byte to a client, in monotonic nanoseconds; written by whoever
    /// relays it.
    volatile @Nullable Long heardAt;

    /// It was told to unload, so that it is gone only when its memory was measured.
    boolean told;

    /// How often in a row this model failed, this replica included.
    int failures;

    /// How often in a row its engines ended with requests in them.
    int deathsAtWork;

    /// Monotonic nanoseconds before which a failed model is not started again; written under the
    /// book's lock before it has failed.
    volatile long retryAt;

    Replica(String id, LoadRequest request, Harness harness, long since) {
        this.id = id;
        this.request = request;
        this.harness = harness;
        this.since = since;
    }

    boolean alive() {
        return status == ModelStatus.LOADING || status == ModelStatus.LOADED;
    }

    /// Whether its engine was ever ready.
    boolean served() {
        return facts != null;
    }

    /// Whether it is on its way up or down.
    boolean moves() {
        return status == ModelStatus.LOADING || status == ModelStatus.UNLOADING;
    }

    /// As it is now; under the book's lock.
    Snapshot snapshot() {
        return new Snapshot(this, status, engine, facts, inFlight, loadSecs, end);
    }

    /// A replica as it was while the book's lock was held; what needs others is added afterwards.
    record Snapshot(
            Replica replica,
            ModelStatus status,
            Harness.@Nullable Engine engine,
            Harness.@Nullable Facts facts,
            int inFlight,
            @Nullable Double loadSecs,
            @Nullable EngineEnd end) {

        /// For `GET /models`; without the lock. `now` is monotonic nanoseconds.
        ModelInfo info(long now) {
            Watched watched = replica.watched;
            Held held = watched == null || engine == null ? Held.UNKNOWN : watched.held();
            boolean loading = status == ModelStatus.LOADING;
            Readiness.Progress progress =
                    loading && engine != null
                            ? engine.progress()
                            : new Readiness.Progress(null, replica.since);
            return new ModelInfo(
                    replica.request.modelId(),
                    replica.id,
                    status,
                    inFlight,
                    info(),
                    new ModelInfo.Memory(
                            replica.request.devices(),
                            held.totalMb(),
                            held.devicesMb(),
                            held.peakMb()),
                    new ModelInfo.Load(
                            loadSecs,
                            loading ? share(progress, held) : null,
                            loading ? Math.max(0, now - lastProgress(progress, held)) / 1e9 : null,
                            progress.downloadedMb(),
                            rest(now)));
        }

        private ModelInfo.@Nullable Rest rest(long now) {
            long left = replica.retryAt - now;
            return status == ModelStatus.FAILED && left > 0
                    ? new ModelInfo.Rest(left / 1e9, facts != null)
                    : null;
        }

        private ModelInfo.Engine info() {
            String harness = replica.harness.name();
            String reason = end == null ? null : end.reason();
            FailureCause cause = end == null ? null : end.cause();
            return facts == null
                    ? new ModelInfo.Engine(harness, null, null, null, null, reason, cause)
                    : new ModelInfo.Engine(
                            harness,
                            facts.engineModel(),
                            facts.slots(),
                            facts.context(),
                            facts.traits(),
                            reason,
                            cause);
        }

        /// As the engine tells, else by how much of what it is expected to hold it holds, which is
        /// never all while it loads.
        private @Nullable Double share(Readiness.Progress progress, Held held) {
            Long expected = replica.request.vramMb();
            Long total = held.totalMb();
            if (progress.share() != null || expected == null || expected == 0 || total == null) {
                return progress.share();
            }
            return Math.min(MOST_BY_MEMORY, (double) total / expected);
        }

        private long lastProgress(Readiness.Progress progress, Held held) {
            Long grew = held.grewAt();
            return grew != null && grew - progress.nanos() > 0 ? grew : progress.nanos();
        }
    }
}
