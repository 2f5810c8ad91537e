package cortex.neuron.harness;

import cortex.neuron.device.DeviceView;
import cortex.neuron.harness.cause.CauseRules;
import cortex.neuron.process.Adoption;
import cortex.neuron.process.ManagedProcess;
import cortex.neuron.process.ManagedProcess.Phase;
import cortex.neuron.process.ProcessIdentity;
import cortex.neuron.process.Processes;
import cortex.neuron.process.Readiness;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An engine in a child process. Owns the process, its port and its record on disk until released.
final class ChildEngine implements Harness.Engine {
    private static final System.Logger LOG = System.getLogger(ChildEngine.class.getName());

    /// Where exit codes begin that stand for signals.
    private static final int SIGNALS = 128;

    /// INT, KILL and TERM.
    private static final Set<Integer> FROM_OUTSIDE = Set.of(SIGNALS + 2, SIGNALS + 9, SIGNALS + 15);

    private final Adoption.Saved saved;
    private final ManagedProcess process;
    private final Processes processes;
    private final Supervision supervision;
    private final EngineHttp http;
    private final URI url;
    private final Readiness<Harness.Facts> readiness;

    ChildEngine(
            Adoption.Saved saved,
            ManagedProcess process,
            Processes processes,
            Supervision supervision) {
        this.saved = saved;
        this.process = process;
        this.processes = processes;
        this.supervision = supervision;
        this.http = supervision.http().withKey(saved.key());
        this.url = URI.create("http://127.0.0.1:" + saved.port());
        this.readiness =
                new Readiness<>(
                        process,
                        () -> supervision.driver().ask(http, url, saved.request()),
                        new Readiness.Watch(
                                supervision.watch().stall(),
                                this::deviceMb,
                                supervision.watch().downloadedMb()),
                        processes.time());
    }

    /// How the engine is asked, how long it has to stop, what of its start is watched, and where
    /// its device memory is read.
    record Supervision(
            EngineDriver driver,
            EngineHttp http,
            Duration grace,
            Readiness.Watch watch,
            DeviceView devices) {}

    private long deviceMb() {
        Long mb = supervision.devices().snapshot().usedMb(process.pids());
        return mb == null ? 0 : mb;
    }

    @Override
    public URI url() {
        return url;
    }

    @Override
    public @Nullable String key() {
        return saved.key();
    }

    @Override
    public Set<Long> pids() {
        return process.pids();
    }

    @Override
    public @Nullable Long residentMb() {
        return process.residentMb();
    }

    @Override
    public @Nullable Integer requests() throws EngineFailedException, InterruptedException {
        try {
            return supervision.driver().requests(http, url, saved.request());
        } catch (ConnectException e) {
            return null;
        } catch (IOException e) {
            throw new EngineFailedException("it does not say how many requests it has");
        }
    }

    @Override
    public Harness.Life life() throws InterruptedException {
        EngineDriver driver = supervision.driver();
        try {
            driver.greet(http, url);
        } catch (IOException e) {
            return Harness.Life.SILENT;
        }
        try {
            return new Harness.Life(true, true, driver.work(http, url, saved.request()));
        } catch (IOException e) {
            return new Harness.Life(true, false, null);
        }
    }

    @Override
    public Readiness.Progress progress() {
        return readiness.progress();
    }

    @Override
    public Harness.Facts awaitReady() throws EngineFailedException, InterruptedException {
        return switch (readiness.await()) {
            case Readiness.Ready<Harness.Facts>(Harness.Facts facts) -> {
                remember(true);
                yield facts;
            }
            case Readiness.Never<Harness.Facts>(String reason) ->
                    throw new EngineFailedException(
                            process.status().phase() == Phase.EXITED
                                    ? ended(reason)
                                    : new EngineEnd(reason));
            case Readiness.NotYet<Harness.Facts>(String note) ->
                    throw new EngineFailedException(note);
        };
    }

    @Override
    public EngineEnd awaitGone() throws InterruptedException {
        return ended(process.awaitExit());
    }

    /// Who is ended from outside says nothing of it. Who exits says why at last; who crashes may
    /// have said it before.
    private EngineEnd ended(String reason) {
        Integer code = process.status().exitCode();
        if (code != null && FROM_OUTSIDE.contains(code)) {
            return new EngineEnd(reason);
        }
        boolean exited = code == null || code <= SIGNALS;
        CauseRules rules = supervision.driver().causes();
        return new EngineEnd(reason, rules.find(process.log().lastLines(), exited));
    }

    @Override
    public void stop() throws EngineFailedException, InterruptedException {
        stop(supervision.grace());
    }

    @Override
    public void abort() throws EngineFailedException, InterruptedException {
        stop(Duration.ZERO);
    }

    private void stop(Duration grace) throws EngineFailedException, InterruptedException {
        Set<ProcessIdentity> left = process.stop(grace);
        if (!left.isEmpty()) {
            List<Long> pids = left.stream().map(ProcessIdentity::pid).toList();
            throw new EngineFailedException("the processes " + pids + " do not end when killed");
        }
    }

    /// Memory that stays after its process is gone can only be held by something that the engine
    /// left behind: whatever still carries the replica's mark is killed.
    @Override
    public @Nullable String escalate(boolean known) throws InterruptedException {
        if (!known) {
            return null;
        }
        Set<Long> ended = processes.adoption().reapGone(Set.of(saved.replica()));
        return ended.isEmpty() ? null : "ended the processes " + ended + " that it left behind";
    }

    @Override
    public void abandon() {
        process.abandon();
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
                                    ready,
                                    saved.key()));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "while recording " + saved.replica(), e);
        }
    }
}
