package cortex.neuron.replica;

import cortex.core.config.problem.FileTrouble;
import cortex.neuron.harness.EngineEnd;
import cortex.neuron.harness.EngineFailedException;
import cortex.neuron.harness.Harness;
import cortex.neuron.memory.Reclaim;
import cortex.neuron.memory.Watched;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The life of one replica, on a virtual thread of its own: start, wait until ready, watch until
/// gone, give back, see the memory come back. Writes each step into the book; holds no lock.
final class ReplicaLife {
    private static final System.Logger LOG = System.getLogger(ReplicaLife.class.getName());

    private final ReplicaHost.Parts parts;
    private final Replica replica;

    ReplicaLife(ReplicaHost.Parts parts, Replica replica) {
        this.parts = parts;
        this.replica = replica;
    }

    /// Starts a new engine.
    void load() {
        thread(() -> live(this::start, true));
    }

    /// Goes on with an engine that already runs.
    void adopt(Harness.Engine engine) {
        replica.watched = parts.memory().running(replica.request.devices(), engine);
        thread(() -> live(() -> engine, false));
    }

    private void thread(Runnable life) {
        Thread.ofVirtual().name("replica-" + replica.id).start(life);
    }

    private void live(Starter starter, boolean measured) {
        EngineEnd end =
                new EngineEnd("the neuron failed while it ran the engine; see the neuron's log");
        boolean started = false;
        try {
            Harness.Engine engine = starter.start();
            if (engine == null) {
                end = null;
            } else {
                started = true;
                end = serve(engine, measured);
                awaitMemory(engine);
            }
        } catch (IOException e) {
            end = new EngineEnd("the engine could not be started: " + FileTrouble.ofProgram(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end = new EngineEnd("the neuron is going down");
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "while running replica " + replica.id, e);
        }
        boolean failed = parts.book().ended(replica, end);
        parts.devices().refresh();
        if (failed) {
            String told = end == null ? "" : end.told();
            LOG.log(System.Logger.Level.WARNING, "replica {0} failed: {1}", replica.id, told);
            if (started) {
                lookForMemory();
            }
        } else {
            LOG.log(System.Logger.Level.INFO, "replica {0} stopped", replica.id);
        }
        Watched watched = replica.watched;
        if (watched != null) {
            watched.end();
        }
    }

    /// One that was told to unload is gone only when its memory is.
    private void awaitMemory(Harness.Engine engine) throws InterruptedException {
        Watched watched = replica.watched;
        if (watched != null && parts.book().told(replica)) {
            replica.returned = parts.reclaim().await(replica.id, watched, engine::escalate);
        }
    }

    /// One that ended by itself has failed already; what becomes of its memory is only counted.
    private void lookForMemory() {
        Watched watched = replica.watched;
        if (watched == null) {
            return;
        }
        watched.gone();
        try {
            parts.reclaim().await(replica.id, watched, Reclaim.Escalation.NONE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Harness.@Nullable Engine start() throws IOException, InterruptedException {
        Replica predecessor = replica.predecessor;
        if (predecessor != null) {
            predecessor.gone.await();
            replica.predecessor = null;
        }
        if (!parts.book().wanted(replica)) {
            return null;
        }
        List<Integer> on = replica.request.devices();
        Map<String, String> binding = parts.devices().environment(on);
        Watched watched = parts.memory().starting(on);
        replica.watched = watched;
        Harness.Engine engine =
                replica.harness.start(new Harness.Launch(replica.id, replica.request, binding));
        watched.started(engine);
        return engine;
    }

    private @Nullable EngineEnd serve(Harness.Engine engine, boolean measured)
            throws InterruptedException {
        EngineEnd end;
        try {
            if (parts.book().started(replica, engine)) {
                Harness.Facts facts = engine.awaitReady();
                Watched watched = replica.watched;
                if (watched != null) {
                    watched.ready();
                }
                parts.book().ready(replica, facts, measured);
                parts.devices().refresh();
                LOG.log(
                        System.Logger.Level.INFO,
                        "replica {0} is ready{1}",
                        replica.id,
                        facts.text());
                EngineWatch.start(parts, replica, engine);
                end = engine.awaitGone();
                String frozen = parts.book().frozen(replica);
                end = frozen == null ? end : new EngineEnd(frozen);
            } else {
                end = null;
            }
        } catch (EngineFailedException e) {
            end = e.end();
        }
        try {
            engine.stop();
        } catch (EngineFailedException e) {
            LOG.log(System.Logger.Level.ERROR, "replica " + replica.id + ": " + e.getMessage(), e);
            engine.awaitGone();
        }
        engine.release();
        return end;
    }

    /// Brings an engine, or null when none is wanted any more.
    private interface Starter {
        Harness.@Nullable Engine start() throws IOException, InterruptedException;
    }
}
