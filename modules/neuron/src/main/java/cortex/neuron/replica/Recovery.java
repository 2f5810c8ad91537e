package cortex.neuron.replica;

import cortex.neuron.harness.Harness;
import cortex.neuron.process.Adoption;
import cortex.neuron.process.ProcessIdentity;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/// Sorts out what an earlier life of this program left: engines that still run are taken over by
/// their harness, whatever else is left of a replica is ended. Nobody else's process is touched.
final class Recovery {
    private static final System.Logger LOG = System.getLogger(Recovery.class.getName());

    private final ReplicaHost host;
    private final HarnessSet harnesses;
    private final Adoption adoption;
    private final Set<String> ready = new HashSet<>();

    Recovery(ReplicaHost host, HarnessSet harnesses, Adoption adoption) {
        this.host = host;
        this.harnesses = harnesses;
        this.adoption = adoption;
    }

    /// Returns once every engine that is taken over is known to the host; does not wait for any.
    /// The replicas that were ready in their earlier life.
    Set<String> run() throws IOException {
        for (Adoption.Saved saved : adoption.saved()) {
            if (!adopt(saved)) {
                LOG.log(System.Logger.Level.INFO, "ending what is left of {0}", saved.replica());
                Thread.ofVirtual().name("reap-" + saved.replica()).start(() -> reap(saved));
            }
        }
        // Before anything is started here, whose record might come too late to be known.
        Set<String> lost = adoption.lost();
        if (!lost.isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "ending engines whose records are gone: {0}",
                    lost);
            Thread.ofVirtual().name("reap-lost").start(() -> reap(lost));
        }
        return ready;
    }

    private boolean adopt(Adoption.Saved saved) {
        ProcessIdentity running = saved.running();
        Harness harness = harnesses.named(saved.harness());
        if (running == null || harness == null) {
            return false;
        }
        Harness.Engine engine = harness.adopt(saved, running);
        if (engine == null) {
            return false;
        }
        LOG.log(
                System.Logger.Level.INFO,
                "taking over replica {0}, pid {1}",
                saved.replica(),
                String.valueOf(running.pid()));
        if (!host.adopt(saved.replica(), saved.request(), harness, engine)) {
            engine.release();
            return false;
        }
        if (saved.ready()) {
            ready.add(saved.replica());
        }
        return true;
    }

    private void reap(Set<String> lost) {
        try {
            adoption.reapGone(lost);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void reap(Adoption.Saved saved) {
        try {
            adoption.reap(saved);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
