package cortex.neuron.harness;

import cortex.neuron.process.Adoption;
import cortex.neuron.process.ManagedProcess;
import cortex.neuron.process.ProcessIdentity;
import cortex.neuron.process.Processes;
import cortex.neuron.process.Readiness;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// An engine in a child process. Owns the process, its port and its record on disk until released.
final class ChildEngine implements Harness.Engine {
    private static final System.Logger LOG = System.getLogger(ChildEngine.class.getName());

    private final Adoption.Saved saved;
    private final ManagedProcess process;
    private final Processes processes;
    private final Care care;
    private final URI url;

    ChildEngine(Adoption.Saved saved, ManagedProcess process, Processes processes, Care care) {
        this.saved = saved;
        this.process = process;
        this.processes = processes;
        this.care = care;
        this.url = URI.create("http://127.0.0.1:" + saved.port());
    }

    /// How the engine is asked, how long it has to stop, how long it may make no progress.
    record Care(EngineKind kind, EngineHttp http, Duration grace, Duration stall) {}

    @Override
    public URI url() {
        return url;
    }

    @Override
    public Set<Long> pids() {
        return process.pids();
    }

    @Override
    public Harness.Facts awaitReady() throws EngineFailedException, InterruptedException {
        Readiness<Harness.Facts> readiness =
                new Readiness<>(
                        process,
                        () -> care.kind().ask(care.http(), url, saved.request()),
                        care.stall(),
                        processes.time());
        return switch (readiness.await()) {
            case Readiness.Ready<Harness.Facts>(Harness.Facts facts) -> {
                remember(true);
                yield facts;
            }
            case Readiness.Never<Harness.Facts>(String reason) ->
                    throw new EngineFailedException(reason);
            case Readiness.NotYet<Harness.Facts>(String note) ->
                    throw new EngineFailedException(note);
        };
    }

    @Override
    public String awaitGone() throws InterruptedException {
        String end = process.awaitExit();
        String words = process.log().lastWords();
        return words.isEmpty() ? end : end + "; its last words:\n" + words;
    }

    @Override
    public void stop() throws EngineFailedException, InterruptedException {
        Set<ProcessIdentity> left = process.stop(care.grace());
        if (!left.isEmpty()) {
            List<Long> pids = left.stream().map(ProcessIdentity::pid).toList();
            throw new EngineFailedException("the processes " + pids + " do not end when killed");
        }
    }

    @Override
    public void release() {
        processes.adoption().forget(saved.replica());
        processes.ports().release(saved.port());
    }

    /// Writes down which process it is. The engine works without; only a later life of this program
    /// would have to look harder for it.
    void remember(boolean ready) {
        try {
            processes
                    .adoption()
                    .save(
                            new Adoption.Saved(
                                    saved.replica(),
                                    saved.harness(),
                                    saved.request(),
                                    saved.port(),
                                    process.identity(),
                                    ready));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "while recording " + saved.replica(), e);
        }
    }
}
