package cortex.neuron.replica;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.failure.FailedPlace;
import cortex.core.failure.FailedPlace.Outcome;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.node.HarnessHealth;
import cortex.core.node.LoadRequest;
import cortex.core.node.ModelStatus;
import cortex.core.node.UnloadRequest;
import cortex.core.time.Time;
import cortex.neuron.harness.EngineEnd;
import cortex.neuron.harness.Harness;
import cortex.neuron.replica.ReplicaTable.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Owns THE lock of the node and what is under it: which replicas there are, who is in them, how
/// their harnesses are used. Each method is one step that nobody sees half done; none waits.
final class ReplicaBook {
    private static final Duration FULL_RETRY = Duration.ofSeconds(5);

    private final String node;
    private final int maxModels;
    private final Time time;
    private final ReplicaIds ids = new ReplicaIds();
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final ReplicaTable table = new ReplicaTable();

    @GuardedBy("lock")
    private boolean closed;

    /// At most `maxModels` are loaded or on their way.
    ReplicaBook(String node, int maxModels, Time time) {
        this.node = node;
        this.maxModels = maxModels;
        this.time = time;
    }

    /// The replica that a load led to, its status then, and whether it is a new one to be started.
    record Loading(Replica replica, ModelStatus status, boolean fresh) {}

    /// The replica of the model that is loaded or being loaded, or a new one.
    Loading load(LoadRequest request, Harness harness) {
        lock.lock();
        try {
            if (closed) {
                throw new FailureException(new Failure.ShuttingDown());
            }
            refuseWhileRestarting(request, harness);
            Replica current = table.ofModel(request.modelId());
            if (current != null && current.alive()) {
                return new Loading(current, current.status, false);
            }
            if (current != null && current.status == ModelStatus.FAILED) {
                refuseWhileResting(current);
            }
            refuseWhenFull(request);
            String id = ids.fresh(request.modelId());
            Replica fresh = table.add(id, request, harness, time.nanos());
            return new Loading(fresh, fresh.status, true);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void refuseWhileRestarting(LoadRequest request, Harness harness) {
        if (harness.shared() && table.usage(harness).restarting) {
            String reason = "its harness is being restarted";
            throw notNow(request, reason, Duration.ofSeconds(1));
        }
    }

    @GuardedBy("lock")
    private void refuseWhenFull(LoadRequest request) {
        if (table.present() >= maxModels) {
            String reason =
                    "it has "
                            + maxModels
                            + " models already, loaded or on their way (max_models in [neuron] of"
                            + " neuron.toml)";
            throw notNow(request, reason, FULL_RETRY);
        }
    }

    private FailureException notNow(LoadRequest request, String reason, Duration retryAfter) {
        FailedPlace here = new FailedPlace(node, Outcome.REFUSED, reason, null, null);
        return new FailureException(
                new Failure.LoadFailed(request.modelId(), List.of(here), retryAfter));
    }

    private void refuseWhileResting(Replica failed) {
        long left = failed.retryAt - time.nanos();
        if (left > 0) {
            EngineEnd end = failed.end == null ? new EngineEnd("it failed") : failed.end;
            Outcome how = failed.served() ? Outcome.DIED_SERVING : Outcome.LOAD_FAILED;
            FailedPlace here = new FailedPlace(node, how, end.reason(), end.cause().line(), null);
            throw new FailureException(
                    new Failure.LoadFailed(
                            failed.request.modelId(), List.of(here), Duration.ofNanos(left)));
        }
    }

    /// A replica whose engine already runs, under this id or a fresh one. Null when it is not
    /// wanted: there is one of that model, the harness is being restarted, there are as many as may
    /// be, or all is closed.
    @Nullable Replica adopt(
            @Nullable String id, LoadRequest request, Harness harness, Harness.Engine engine) {
        lock.lock();
        try {
            Replica current = table.ofModel(request.modelId());
            boolean restarting = harness.shared() && table.usage(harness).restarting;
            boolean has = current != null && current.status != ModelStatus.FAILED;
            // An engine that was started here runs already; what others load is theirs to bound.
            boolean full = id == null && table.present() >= maxModels;
            if (closed || restarting || has || full) {
                return null;
            }
            String name = id == null ? ids.fresh(request.modelId()) : id;
            Replica replica = table.add(name, request, harness, time.nanos());
            replica.engine = engine;
            return replica;
        } finally {
            lock.unlock();
        }
    }

    /// A replica that is to leave; `first` tells whether it was not already.
    record Leaving(Replica replica, boolean first) {}

    /// The replica an unload means, which nobody enters from now on; null when it is not there any
    /// more.
    ///
    /// @throws ReplicaBusyException when only an idle replica was to be unloaded
    @Nullable Leaving unload(UnloadRequest request) {
        lock.lock();
        try {
            Replica replica = table.find(request);
            if (replica == null) {
                return null;
            }
            if (request.onlyIfIdle() && replica.alive() && replica.inFlight > 0) {
                String what = "The model '" + request.modelId() + "'";
                throw ReplicaBusyException.serving(what, replica.inFlight);
            }
            boolean first = replica.alive();
            replica.told |= first;
            table.unloading(replica);
            return new Leaving(replica, first);
        } finally {
            lock.unlock();
        }
    }

    /// The engine that an unload means when clients are sent to it directly, so that their requests
    /// are not counted here; else null.
    Harness.@Nullable Engine direct(UnloadRequest request) {
        lock.lock();
        try {
            Replica replica = table.find(request);
            if (replica == null || replica.status != ModelStatus.LOADED) {
                return null;
            }
            return replica.harness.direct() ? replica.engine : null;
        } finally {
            lock.unlock();
        }
    }

    /// Every replica is to leave, and no other comes.
    List<Replica> close() {
        lock.lock();
        try {
            closed = true;
            List<Replica> all = List.copyOf(table.all());
            all.forEach(table::unloading);
            return all;
        } finally {
            lock.unlock();
        }
    }

    /// Nothing is loaded or ended any more; what is loaded serves on. Who is on its way out.
    List<Replica> keep() {
        lock.lock();
        try {
            closed = true;
            return table.all().stream()
                    .filter(replica -> replica.status == ModelStatus.UNLOADING)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /// Whether any of these is on its way up.
    boolean anyLoads(Set<String> replicas) {
        lock.lock();
        try {
            return table.all().stream()
                    .anyMatch(r -> r.status == ModelStatus.LOADING && replicas.contains(r.id));
        } finally {
            lock.unlock();
        }
    }

    /// The engines that run.
    List<Harness.Engine> engines() {
        lock.lock();
        try {
            List<Harness.Engine> engines = new ArrayList<>();
            for (Replica replica : table.all()) {
                if (replica.engine != null) {
                    engines.add(replica.engine);
                }
            }
            return engines;
        } finally {
            lock.unlock();
        }
    }

    List<Replica.Snapshot> snapshots() {
        lock.lock();
        try {
            return table.all().stream().map(Replica::snapshot).toList();
        } finally {
            lock.unlock();
        }
    }

    ReplicaHost.@Nullable Endpoint endpoint(String modelId) {
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
            return new ReplicaHost.Endpoint(
                    replica.id, engine.url(), facts.engineModel(), replica.harness.direct());
        } finally {
            lock.unlock();
        }
    }

    @Nullable Entry enter(String replicaId) {
        lock.lock();
        try {
            Replica replica = table.replica(replicaId);
            if (replica == null || replica.status != ModelStatus.LOADED || replica.frozen != null) {
                return null;
            }
            Harness.Engine engine = replica.engine;
            if (engine == null) {
                return null;
            }
            replica.inFlight++;
            return new Entry(
                    engine.url(),
                    engine.key(),
                    () -> replica.heardAt = time.nanos(),
                    () -> leave(replica),
                    atMost -> awaitEnd(replica, atMost));
        } finally {
            lock.unlock();
        }
    }

    private Entry.@Nullable End awaitEnd(Replica replica, Duration atMost)
            throws InterruptedException {
        if (!replica.gone.await(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
            return null;
        }
        lock.lock();
        try {
            EngineEnd end = replica.end;
            // One that was ended as frozen did not die of a request.
            return replica.status != ModelStatus.FAILED || end == null || replica.frozen != null
                    ? null
                    : new Entry.End(end.told(), replica.inFlightAtEnd);
        } finally {
            lock.unlock();
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
            return !closed && replica.status == ModelStatus.LOADING;
        } finally {
            lock.unlock();
        }
    }

    /// The engine serves; `measured`: it was started here, so that its time counts.
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
    }

    /// Its engine is frozen and is to be ended, for that reason; nobody enters from now on. False
    /// when it is on its way out already, or not this program's to end.
    boolean frozen(Replica replica, String reason) {
        lock.lock();
        try {
            if (closed || replica.status != ModelStatus.LOADED || replica.frozen != null) {
                return false;
            }
            replica.frozen = reason;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Why it was ended as frozen; null when it was not.
    @Nullable String frozen(Replica replica) {
        lock.lock();
        try {
            return replica.frozen;
        } finally {
            lock.unlock();
        }
    }

    /// Whether it was told to unload, so that its memory is to be waited for.
    boolean told(Replica replica) {
        lock.lock();
        try {
            return replica.told && !closed;
        } finally {
            lock.unlock();
        }
    }

    /// The engine is verified gone. Null `end`: it left in order. Returns whether that is a
    /// failure.
    boolean ended(Replica replica, @Nullable EngineEnd end) {
        lock.lock();
        try {
            table.ended(replica, end, time.nanos());
            return replica.status == ModelStatus.FAILED;
        } finally {
            lock.unlock();
            replica.gone.countDown();
        }
    }

    Harness.@Nullable Engine engine(Replica replica) {
        lock.lock();
        try {
            return replica.engine;
        } finally {
            lock.unlock();
        }
    }

    boolean busy(Replica replica) {
        lock.lock();
        try {
            return replica.inFlight > 0;
        } finally {
            lock.unlock();
        }
    }

    /// Nothing is loaded in the harness from now on, and no request enters the models of a shared
    /// process; those are to leave.
    ///
    /// @throws ReplicaBusyException when it is being restarted already, or not as idle as wanted
    List<Replica> beginRestart(Harness harness, boolean onlyIfIdle) {
        lock.lock();
        try {
            if (closed) {
                throw new FailureException(new Failure.ShuttingDown());
            }
            Usage usage = table.usage(harness);
            List<Replica> leaving = harness.shared() ? table.of(harness) : List.of();
            if (usage.restarting) {
                throw ReplicaBusyException.harness(harness.name(), "is being restarted");
            }
            int inFlight = leaving.stream().mapToInt(replica -> replica.inFlight).sum();
            if (onlyIfIdle && inFlight > 0) {
                String what = "The harness '" + harness.name() + "'";
                throw ReplicaBusyException.serving(what, inFlight);
            }
            if (onlyIfIdle && leaving.stream().anyMatch(Replica::moves)) {
                String doing = "is loading or unloading a model";
                throw ReplicaBusyException.harness(harness.name(), doing);
            }
            usage.restarting = true;
            leaving.forEach(table::unloading);
            return leaving;
        } finally {
            lock.unlock();
        }
    }

    /// The restart is over; `done`: the harness's process is a new one. How many cycles there were.
    int endRestart(Harness harness, boolean done) {
        lock.lock();
        try {
            Usage usage = table.usage(harness);
            usage.restarting = false;
            return done ? usage.reset(harness) : 0;
        } finally {
            lock.unlock();
        }
    }

    Set<String> gone(Harness harness) {
        lock.lock();
        try {
            return table.usage(harness).gone();
        } finally {
            lock.unlock();
        }
    }

    List<HarnessHealth> health(Collection<Harness> harnesses) {
        lock.lock();
        try {
            List<HarnessHealth> all = new ArrayList<>();
            for (Harness harness : harnesses) {
                all.add(
                        new HarnessHealth(
                                harness.name(),
                                table.usage(harness).cycles(harness),
                                harness.restartable(),
                                table.inFlight(harness),
                                harness.unavailable()));
            }
            all.sort(Comparator.comparing(HarnessHealth::name));
            return all;
        } finally {
            lock.unlock();
        }
    }
}
