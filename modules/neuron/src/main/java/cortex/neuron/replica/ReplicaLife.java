package cortex.neuron.replica;

import cortex.core.node.DeviceInfo;
import cortex.neuron.harness.EngineFailedException;
import cortex.neuron.harness.Harness;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The life of one replica, on a virtual thread of its own: start, wait until ready, watch until
/// gone, give back. Reports each step to the host; holds no lock.
final class ReplicaLife {
    private static final System.Logger LOG = System.getLogger(ReplicaLife.class.getName());

    private final ReplicaHost host;
    private final Replica replica;
    private final DeviceView devices;

    ReplicaLife(ReplicaHost host, Replica replica, DeviceView devices) {
        this.host = host;
        this.replica = replica;
        this.devices = devices;
    }

    /// Starts a new engine.
    void load() {
        thread(() -> live(this::start, true));
    }

    /// Goes on with an engine that already runs.
    void adopt(Harness.Engine engine) {
        thread(() -> live(() -> engine, false));
    }

    private void thread(Runnable life) {
        Thread.ofVirtual().name("replica-" + replica.id).start(life);
    }

    private void live(Starter starter, boolean measured) {
        String end = "the neuron failed while it ran the engine; see the neuron's log";
        try {
            Harness.Engine engine = starter.start();
            if (engine == null) {
                end = null;
            } else {
                end = serve(engine, measured);
            }
        } catch (IOException e) {
            end = "the engine could not be started: " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end = "the neuron is going down";
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "while running replica " + replica.id, e);
        }
        if (host.ended(replica, end)) {
            LOG.log(System.Logger.Level.WARNING, "replica {0} failed: {1}", replica.id, end);
        } else {
            LOG.log(System.Logger.Level.INFO, "replica {0} is gone", replica.id);
        }
    }

    private Harness.@Nullable Engine start() throws IOException, InterruptedException {
        Replica predecessor = replica.predecessor;
        if (predecessor != null) {
            predecessor.gone.await();
            replica.predecessor = null;
        }
        if (!host.wanted(replica)) {
            return null;
        }
        List<DeviceInfo> known = devices.devices();
        List<DeviceInfo> chosen =
                replica.request.devices().stream()
                        .flatMap(index -> known.stream().filter(device -> device.index() == index))
                        .toList();
        return replica.harness.start(new Harness.Launch(replica.id, replica.request, chosen));
    }

    private @Nullable String serve(Harness.Engine engine, boolean measured)
            throws InterruptedException {
        String end;
        try {
            if (host.started(replica, engine)) {
                Harness.Facts facts = engine.awaitReady();
                host.ready(replica, facts, measured);
                LOG.log(System.Logger.Level.INFO, "replica {0} is ready: {1}", replica.id, facts);
                end = engine.awaitGone();
            } else {
                end = null;
            }
        } catch (EngineFailedException e) {
            end = e.getMessage();
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
