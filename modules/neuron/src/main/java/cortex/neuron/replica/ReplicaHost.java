package cortex.neuron.replica;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.node.LoadRequest;
import cortex.core.node.LoadResponse;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.UnloadRequest;
import cortex.core.time.Time;
import cortex.neuron.NeuronConfig;
import cortex.neuron.harness.EngineFailedException;
import cortex.neuron.harness.Harness;
import cortex.neuron.process.ProcessLauncher;
import cortex.neuron.process.Processes;
import cortex.neuron.process.Redaction;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Owns the replicas of this node and THE lock of the node. A load is an *ensure*: asking twice
/// starts once. Everything but {@link #unload} and {@link #close} answers at once, from memory.
public final class ReplicaHost implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ReplicaHost.class.getName());
    private static final Duration GONE_WITHIN = Duration.ofSeconds(30);

    private final Context context;
    private final String node;
    private final HarnessSet harnesses;
    private final DeviceView devices;
    private final Time time;
    private final ReplicaIds ids = new ReplicaIds();

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final ReplicaTable table = new ReplicaTable();

    @GuardedBy("lock")
    private boolean closed;

    /// What a host works with: the node's name, what to close after the last engine, how the kept
    /// output of a model's engine is found, the devices, the clock.
    record Context(
            String node,
            Closeable resources,
            UnaryOperator<String> logs,
            DeviceView devices,
            Time time) {}

    /// A host without replicas.
    ReplicaHost(Context context, HarnessSet harnesses) {
        this.context = context;
        this.node = context.node();
        this.devices = context.devices();
        this.time = context.time();
        this.harnesses = harnesses;
    }

    /// What a host is made of: the node's name for messages, where records and logs are kept, how
    /// many bytes of each engine's output are kept, and the harnesses.
    public record Setup(
            String node, Path stateDir, int logBytes, List<NeuronConfig.HarnessConfig> harnesses) {
        public Setup {
            harnesses = List.copyOf(harnesses);
        }
    }

    /// A host with the engines that an earlier life of this program left behind taken over, or
    /// being stopped when they are of no use. Returns without waiting for any of them.
    ///
    /// @throws IOException when the state directory cannot be used
    public static ReplicaHost start(Setup setup, DeviceView devices, Time time) throws IOException {
        Processes processes =
                Processes.open(setup.stateDir(), setup.logBytes(), ProcessLauncher.system(), time);
        Redaction redaction = HarnessSet.redaction(setup.harnesses());
        Context context =
                new Context(
                        setup.node(),
                        processes,
                        model -> processes.log(model, redaction).text(),
                        devices,
                        time);
        HarnessSet harnesses = HarnessSet.of(setup.harnesses(), processes);
        ReplicaHost host = new ReplicaHost(context, harnesses);
        try {
            new Recovery(host, harnesses, processes.adoption()).run();
        } catch (IOException e) {
            host.close();
            throw e;
        }
        harnesses
                .all()
                .forEach(harness ->
                        harness.watch((request, engine) -> host.found(harness, request, engine)));
        return host;
    }

    /// The names of the harnesses a load can be asked of, sorted.
    public List<String> harnesses() {
        return harnesses.available();
    }

    /// Ensures that the model is loaded or being loaded, and answers at once.
    ///
    /// @throws FailureException `BadRequest` for a harness or device that is not there,
    ///   `LoadFailed` while a model that failed rests (its `retryAfter` says how long),
    ///   `ShuttingDown`
    public LoadResponse load(LoadRequest request) {
        Harness harness = harnesses.require(request, node);
        checkDevices(request);
        Replica fresh;
        lock.lock();
        try {
            if (closed) {
                throw new FailureException(new Failure.ShuttingDown());
            }
            Replica current = table.ofModel(request.modelId());
            if (current != null && current.alive()) {
                return new LoadResponse(current.status, current.id);
            }
            if (current != null && current.status == ModelStatus.FAILED) {
                refuseWhileResting(current);
            }
            fresh = table.add(ids.fresh(request.modelId()), request, harness, time.nanos());
        } finally {
            lock.unlock();
        }
        new ReplicaLife(this, fresh, devices).load();
        return new LoadResponse(ModelStatus.LOADING, fresh.id);
    }

    /// Unloads and waits until the engine is verified gone. Unloading what is not there succeeds.
    ///
    /// @throws ReplicaBusyException when only an idle replica was to be unloaded
    /// @throws FailureException `EngineError` when the engine would not go
    public UnloadRequest.Answer unload(UnloadRequest request) {
        Replica replica;
        Harness.Engine engine;
        lock.lock();
        try {
            replica = table.find(request);
            if (replica == null) {
                return new UnloadRequest.Answer(ModelStatus.UNLOADED);
            }
            if (request.onlyIfIdle() && replica.alive() && replica.inFlight > 0) {
                throw new ReplicaBusyException(request.modelId(), replica.inFlight);
            }
            engine = table.unloading(replica);
        } finally {
            lock.unlock();
        }
        stop(replica, engine, false);
        return new UnloadRequest.Answer(ModelStatus.UNLOADED);
    }

    /// Every replica, sorted by model; from memory.
    public List<ModelInfo> models() {
        List<Replica.Snapshot> snapshots = new ArrayList<>();
        lock.lock();
        try {
            table.all().forEach(replica -> snapshots.add(replica.snapshot()));
        } finally {
            lock.unlock();
        }
        return snapshots.stream()
                .map(snapshot -> snapshot.info(devices))
                .sorted(Comparator.comparing(ModelInfo::id))
                .toList();
    }

    /// Where the model's engine is, or null unless the model is loaded.
    public @Nullable ReplicaEndpoint endpoint(String modelId) {
        lock.lock();
        try {
            Replica replica = table.ofModel(modelId);
            if (replica == null || replica.status != ModelStatus.LOADED) {
                return null;
            }
            Harness.Engine engine = replica.engine;
            Harness.Facts facts = replica.facts;
            if (engine == null || facts == null) {
                return null;
            }
            return new ReplicaEndpoint(
                    replica.id, engine.url(), facts.engineModel(), replica.harness.direct());
        } finally {
            lock.unlock();
        }
    }

    /// Lets one request through to a loaded replica and counts it until the entry is closed; null
    /// unless that replica is loaded.
    public @Nullable Entry enter(String replicaId) {
        lock.lock();
        try {
            Replica replica = table.replica(replicaId);
            if (replica == null || replica.status != ModelStatus.LOADED) {
                return null;
            }
            Harness.Engine engine = replica.engine;
            if (engine == null) {
                return null;
            }
            replica.inFlight++;
            return new Entry(engine.url(), () -> leave(replica));
        } finally {
            lock.unlock();
        }
    }

    /// The last output of the model's engine, without control characters and secrets, also of one
    /// that is gone; null when nothing was kept.
    public @Nullable String log(String modelId) {
        String text = context.logs().apply(modelId);
        return text.isEmpty() ? null : text;
    }

    /// Stops every engine that this node started and waits until they are gone; an engine of
    /// somebody else keeps its models. Loads are refused from now on.
    @Override
    public void close() {
        harnesses.all().forEach(Harness::unwatch);
        List<Thread> stopping = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            for (Replica replica : List.copyOf(table.all())) {
                Harness.Engine engine = table.unloading(replica);
                stopping.add(
                        Thread.ofVirtual()
                                .name("stop-" + replica.id)
                                .unstarted(() -> stopLogged(replica, engine)));
            }
        } finally {
            lock.unlock();
        }
        stopping.forEach(Thread::start);
        for (Thread thread : stopping) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        try {
            context.resources().close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "while letting the state directory go", e);
        }
    }

    /// Takes over a replica whose engine already runs. False when it is not wanted: the host is
    /// closed, or has one of that model.
    boolean adopt(String id, LoadRequest request, Harness harness, Harness.Engine engine) {
        Replica replica;
        lock.lock();
        try {
            Replica current = table.ofModel(request.modelId());
            if (closed || (current != null && current.status != ModelStatus.FAILED)) {
                return false;
            }
            replica = table.add(id, request, harness, time.nanos());
            replica.engine = engine;
        } finally {
            lock.unlock();
        }
        new ReplicaLife(this, replica, devices).adopt(engine);
        return true;
    }

    /// Takes over a model that an engine of somebody else has loaded.
    void found(Harness harness, LoadRequest request, Harness.Engine engine) {
        adopt(ids.fresh(request.modelId()), request, harness, engine);
    }

    /// The engine was started. False when it is not wanted any more.
    boolean started(Replica replica, Harness.Engine engine) {
        lock.lock();
        try {
            replica.engine = engine;
            return replica.status == ModelStatus.LOADING;
        } finally {
            lock.unlock();
        }
    }

    /// Whether a replica that has no engine yet is to get one.
    boolean wanted(Replica replica) {
        lock.lock();
        try {
            return replica.status == ModelStatus.LOADING;
        } finally {
            lock.unlock();
        }
    }

    /// The engine serves.
    void ready(Replica replica, Harness.Facts facts, boolean measured) {
        lock.lock();
        try {
            replica.facts = facts;
            if (measured) {
                replica.loadSecs = (time.nanos() - replica.since) / 1e9;
            }
            if (replica.status == ModelStatus.LOADING) {
                replica.status = ModelStatus.LOADED;
            }
        } finally {
            lock.unlock();
        }
        devices.changed();
    }

    /// The engine is verified gone. Null `reason`: it left in order. Returns whether that is a
    /// failure.
    boolean ended(Replica replica, @Nullable String reason) {
        lock.lock();
        try {
            table.ended(replica, reason, time.nanos());
            return replica.status == ModelStatus.FAILED;
        } finally {
            lock.unlock();
            replica.gone.countDown();
            devices.changed();
        }
    }

    private void leave(Replica replica) {
        lock.lock();
        try {
            replica.inFlight--;
        } finally {
            lock.unlock();
        }
    }

    private void stop(Replica replica, Harness.@Nullable Engine engine, boolean leave) {
        try {
            if (engine != null && leave) {
                engine.leave();
            } else if (engine != null) {
                engine.stop();
            }
            if (!replica.gone.await(GONE_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new EngineFailedException("it is still there after " + GONE_WITHIN);
            }
        } catch (EngineFailedException e) {
            String what = "The engine of '" + replica.request.modelId() + "' would not go: ";
            throw new FailureException(
                    new Failure.EngineError(500, what + e.getMessage(), "unload_failed"), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(new Failure.ShuttingDown(), e);
        }
    }

    private void stopLogged(Replica replica, Harness.@Nullable Engine engine) {
        try {
            stop(replica, engine, true);
        } catch (FailureException e) {
            LOG.log(System.Logger.Level.ERROR, "while stopping: " + e.getMessage(), e);
        }
    }

    private void checkDevices(LoadRequest request) {
        var known = devices.devices();
        for (int index : request.devices()) {
            if (!known.isEmpty() && known.stream().noneMatch(device -> device.index() == index)) {
                throw new FailureException(
                        new Failure.BadRequest(
                                "This node has no device " + index + ".", "devices"));
            }
        }
    }

    private void refuseWhileResting(Replica failed) {
        long left = failed.retryAt - time.nanos();
        if (left > 0) {
            String reason = failed.reason == null ? "it failed" : failed.reason;
            throw new FailureException(
                    new Failure.LoadFailed(
                            failed.request.modelId(), node, reason, Duration.ofNanos(left)));
        }
    }
}
