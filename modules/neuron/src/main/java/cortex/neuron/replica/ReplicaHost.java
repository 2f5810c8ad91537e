package cortex.neuron.replica;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.files.ModelFiles;
import cortex.core.node.HarnessHealth;
import cortex.core.node.LoadRequest;
import cortex.core.node.LoadResponse;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth.UnloadCounts;
import cortex.core.node.UnloadRequest;
import cortex.core.time.Time;
import cortex.neuron.device.DeviceView;
import cortex.neuron.harness.EngineFailedException;
import cortex.neuron.harness.Harness;
import cortex.neuron.memory.MemoryWatch;
import cortex.neuron.memory.Reclaim;
import cortex.neuron.memory.Returned;
import cortex.neuron.memory.Watched;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The replicas of this node. A load is an *ensure*: asking twice starts once. Everything but
/// {@link #unload}, {@link #restart} and {@link #close} answers at once, from memory.
public final class ReplicaHost implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ReplicaHost.class.getName());

    /// With the wait for its memory, and less than a gateway waits for an answer.
    private static final Duration GONE_WITHIN = Duration.ofSeconds(100);

    /// An engine that was ready says in so short a time that it still is.
    private static final Duration LOADED_WITHIN = Duration.ofSeconds(2);

    private static final Duration LOOK = Duration.ofMillis(20);

    /// An engine that is being ended when the others are to be kept.
    private static final Duration LEAVING_WITHIN = Duration.ofSeconds(15);

    private static final int LONGEST_SHOWN = 200;

    private final Context context;
    private final HarnessSet harnesses;
    private final ReplicaBook book;
    private final Parts parts;
    private volatile boolean handedOver;

    /// What a host works with: the node's name, how many models it may have, what to close after
    /// the last engine, how the kept output of a model's engine is found, the devices, the clock,
    /// how long it waits.
    record Context(
            String node,
            int maxModels,
            Closeable resources,
            UnaryOperator<String> logs,
            DeviceView devices,
            Time time,
            HostSetup.Waits waits) {}

    /// What the life of a replica works with.
    record Parts(
            ReplicaBook book, DeviceView devices, MemoryWatch memory, Reclaim reclaim, Time time) {}

    /// Where a loaded model's engine is: its own base URL on this host (no slash at its end), the
    /// name it answers to, and whether its harness wants clients to be sent there directly
    /// (`direct`) instead of through the neuron's relay door.
    public record Endpoint(String replica, URI engineUrl, String engineModel, boolean direct) {}

    /// A host without replicas.
    ReplicaHost(Context context, HarnessSet harnesses) {
        this.context = context;
        this.harnesses = harnesses;
        this.book = new ReplicaBook(context.node(), context.maxModels(), context.time());
        DeviceView devices = context.devices();
        this.parts =
                new Parts(
                        book,
                        devices,
                        new MemoryWatch(devices, context.time()),
                        new Reclaim(devices, context.time(), context.waits().memoryReturn()),
                        context.time());
    }

    /// The names of the harnesses a load can be asked of, sorted.
    public List<String> harnesses() {
        return harnesses.available();
    }

    /// How the harnesses are, sorted by name.
    public List<HarnessHealth> harnessHealth() {
        return book.health(harnesses.all());
    }

    /// What there is of the files that a load would name; may read the disk.
    public ModelFiles files(LoadRequest request) {
        Harness harness = harnesses.named(request.harness());
        return harness == null ? ModelFiles.unknown(request.modelId()) : harness.files(request);
    }

    /// What became of the memory of engines that ended.
    public UnloadCounts unloads() {
        return parts.reclaim().counts();
    }

    /// Ensures that the model is loaded or being loaded, and answers at once.
    ///
    /// @throws FailureException `BadRequest` for a harness or device that is not there,
    ///   `Unsupported` for what this host does not let a load do, `LoadFailed` while a model that
    ///   failed rests (its `retryAfter` says how long) or its harness is restarted, `ShuttingDown`
    public LoadResponse load(LoadRequest asked) {
        Harness harness = harnesses.require(asked, context.node());
        checkDevices(asked);
        LoadRequest request = admitted(harness, asked);
        ReplicaBook.Loading loading = book.load(request, harness);
        if (loading.fresh()) {
            new ReplicaLife(parts, loading.replica()).load();
        }
        return new LoadResponse(loading.status(), loading.replica().id);
    }

    /// The operator hears of what was refused: a profile to mend, or somebody who tries.
    private static LoadRequest admitted(Harness harness, LoadRequest asked) {
        try {
            return harness.admit(asked);
        } catch (FailureException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "a load of {0} with {1} was refused: {2}",
                    shown(asked.modelId()),
                    harness.name(),
                    e.failure().message());
            throw e;
        }
    }

    /// A model's id before it was checked: as much of it as a line takes.
    private static String shown(String id) {
        return id.length() <= LONGEST_SHOWN ? id : id.substring(0, LONGEST_SHOWN) + "…";
    }

    /// Unloads and waits until the engine is verified gone and its memory was measured back, or did
    /// not come in time. Unloading what is not there succeeds. No request enters from the moment on
    /// that its being idle was checked; of requests that do not come through the neuron only the
    /// engine knows, which is asked just before.
    ///
    /// @throws ReplicaBusyException when only an idle replica was to be unloaded
    /// @throws FailureException `EngineError` when the engine would not go
    public UnloadRequest.Answer unload(UnloadRequest request) {
        long from = context.time().nanos();
        refuseWhileUsedDirectly(request);
        ReplicaBook.Leaving leaving = book.unload(request);
        if (leaving == null) {
            return new UnloadRequest.Answer(ModelStatus.UNLOADED);
        }
        Watched watched = leaving.replica().watched;
        if (leaving.first() && watched != null) {
            watched.leaving();
        }
        stop(leaving.replica(), false);
        Returned returned = leaving.replica().returned;
        Returned known = returned == null ? Returned.UNKNOWN : returned;
        return new UnloadRequest.Answer(
                ModelStatus.UNLOADED,
                known.freedMb(),
                known.leakedMb(),
                known.escalated(),
                (context.time().nanos() - from) / 1e9,
                known.note());
    }

    private void refuseWhileUsedDirectly(UnloadRequest request) {
        Harness.Engine engine = request.onlyIfIdle() ? book.direct(request) : null;
        if (engine == null) {
            return;
        }
        String what = "The model '" + request.modelId() + "'";
        try {
            Integer requests = engine.requests();
            if (requests != null && requests > 0) {
                throw ReplicaBusyException.serving(what, requests);
            }
        } catch (EngineFailedException e) {
            throw ReplicaBusyException.silent(what);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(new Failure.ShuttingDown(), e);
        }
    }

    /// Restarts a harness: with `onlyIfIdle` unless requests are in flight at any of its models,
    /// else after they have ended or had their time. Waits until it is done.
    ///
    /// @throws ReplicaBusyException when only an idle harness was to be restarted
    /// @throws FailureException `BadRequest` when there is no such harness, `EngineError` when the
    ///   restart failed
    public HarnessHealth.Restarted restart(String name, boolean onlyIfIdle) {
        Harness harness = harnesses.require(name);
        return new Restarting(book, harness, context.time(), replica -> stop(replica, true))
                .run(onlyIfIdle, context.waits().drain());
    }

    /// Every replica, sorted by model; from memory.
    public List<ModelInfo> models() {
        long now = context.time().nanos();
        return book.snapshots().stream()
                .map(snapshot -> snapshot.info(now))
                .sorted(Comparator.comparing(ModelInfo::id))
                .toList();
    }

    /// Where the model's engine is, or null unless the model is loaded.
    public @Nullable Endpoint endpoint(String modelId) {
        return book.endpoint(modelId);
    }

    /// Lets one request through to a loaded replica and counts it until the entry is closed; null
    /// unless that replica is loaded.
    public @Nullable Entry enter(String replicaId) {
        return book.enter(replicaId);
    }

    /// The last output of the model's engine, without control characters and secrets, also of one
    /// that is gone; null when nothing was kept.
    public @Nullable String log(String modelId) {
        String text = context.logs().apply(modelId);
        return text.isEmpty() ? null : text;
    }

    /// Refuses loads from now on, since the engines are to be somebody else's soon; what is loaded
    /// serves on. Waits for those that are on their way out, and not longer than engines take.
    public void keep() {
        harnesses.all().forEach(Harness::unwatch);
        long until = context.time().nanos() + LEAVING_WITHIN.toNanos();
        try {
            for (Replica replica : book.keep()) {
                long left = until - context.time().nanos();
                if (!replica.gone.await(Math.max(0, left), TimeUnit.NANOSECONDS)) {
                    LOG.log(System.Logger.Level.WARNING, "{0} is still unloading", replica.id);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Lets go of the state directory after {@link #keep}: whoever takes it takes the engines over.
    /// Requests in them go on.
    public void handOver() {
        handedOver = true;
        parts.reclaim().close();
        book.engines().forEach(Harness.Engine::abandon);
        parts.memory().close();
        letGo();
    }

    /// Stops every engine that this node started and waits until they are gone; an engine of
    /// somebody else keeps its models. Loads are refused from now on. Nothing is left to stop after
    /// {@link #handOver}.
    @Override
    public void close() {
        if (handedOver) {
            return;
        }
        harnesses.all().forEach(Harness::unwatch);
        List<Thread> stopping = new ArrayList<>();
        for (Replica replica : book.close()) {
            stopping.add(
                    Thread.ofVirtual()
                            .name("stop-" + replica.id)
                            .unstarted(() -> stopLogged(replica)));
        }
        parts.reclaim().close();
        stopping.forEach(Thread::start);
        for (Thread thread : stopping) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        parts.memory().close();
        letGo();
    }

    private void letGo() {
        try {
            context.resources().close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "while letting the state directory go", e);
        }
    }

    /// Takes over a replica whose engine already runs. False when it is not wanted: the host is
    /// closed, or has one of that model.
    boolean adopt(
            @Nullable String id, LoadRequest request, Harness harness, Harness.Engine engine) {
        Replica replica = book.adopt(id, request, harness, engine);
        if (replica == null) {
            return false;
        }
        new ReplicaLife(parts, replica).adopt(engine);
        return true;
    }

    /// Waits a moment until none of these replicas is on its way up.
    void awaitLoaded(Set<String> replicas) {
        long until = context.time().nanos() + LOADED_WITHIN.toNanos();
        try {
            while (book.anyLoads(replicas) && context.time().nanos() - until < 0) {
                context.time().sleep(LOOK);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Takes over a model that an engine of somebody else has loaded.
    void found(Harness harness, LoadRequest request, Harness.Engine engine) {
        boolean wanted = adopt(null, request, harness, engine);
        LOG.log(System.Logger.Level.TRACE, "found {0}: {1}", request.modelId(), wanted);
    }

    /// Stops the engine, or (`leave`) leaves it to whoever it belongs to, and waits until the
    /// replica is gone.
    private void stop(Replica replica, boolean leave) {
        Harness.Engine engine = book.engine(replica);
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

    private void stopLogged(Replica replica) {
        try {
            stop(replica, true);
        } catch (FailureException e) {
            LOG.log(System.Logger.Level.ERROR, "while stopping: " + e.getMessage(), e);
        }
    }

    private void checkDevices(LoadRequest request) {
        var known = context.devices().snapshot().infos();
        for (int index : request.devices()) {
            if (!known.isEmpty() && known.stream().noneMatch(device -> device.index() == index)) {
                throw new FailureException(
                        new Failure.BadRequest(
                                "This node has no device " + index + ".", "devices"));
            }
        }
    }
}
