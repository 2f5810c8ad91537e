package cortex.neuron.process;

import cortex.core.time.Time;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One engine process: a child of this program, or one that an earlier life of it left behind. A
/// virtual thread of its own watches it, keeps its log within bounds and publishes its status.
public final class ManagedProcess {
    private static final System.Logger LOG = System.getLogger(ManagedProcess.class.getName());
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final String replica;
    private final ProcessIdentity identity;
    private final @Nullable Process child;
    private final LogTail log;
    private final Time time;
    private final CountDownLatch exited = new CountDownLatch(1);
    private final AtomicReference<Status> status =
            new AtomicReference<>(new Status(Phase.STARTING, null));
    private volatile Set<Long> pids;
    private volatile boolean abandoned;

    private ManagedProcess(
            String replica,
            ProcessIdentity identity,
            @Nullable Process child,
            LogTail log,
            Time time) {
        this.replica = replica;
        this.identity = identity;
        this.child = child;
        this.log = log;
        this.time = time;
        this.pids = Set.of(identity.pid());
    }

    /// Where a process is in its life.
    public enum Phase {
        /// It runs and was not yet seen ready.
        STARTING,
        /// It runs and was seen ready.
        READY,
        /// It was told to end.
        STOPPING,
        /// It is gone.
        EXITED
    }

    /// `exitCode` is null until it exited, and for ever when it was not this program's child; a
    /// signal n shows as 128 + n.
    public record Status(Phase phase, @Nullable Integer exitCode) {}

    /// CPU time in ticks, resident pages and bytes read, of the engine with its children.
    record Vitals(long cpuTicks, long rssPages, long readBytes) {}

    /// Starts the process and its watcher. `spec` must append its output to the file of `log`.
    ///
    /// @throws IOException when the program cannot be started
    public static ManagedProcess launch(
            ProcessLauncher launcher,
            ProcessLauncher.Spec spec,
            String replica,
            LogTail log,
            Time time)
            throws IOException {
        Process child = launcher.launch(spec);
        ProcessIdentity identity = ProcessIdentity.of(child.pid());
        if (identity == null) {
            identity = new ProcessIdentity(child.pid(), "gone before it was seen");
        }
        return new ManagedProcess(replica, identity, child, log, time).watch();
    }

    /// Watches a process that runs already.
    public static ManagedProcess adopt(
            ProcessIdentity identity, String replica, LogTail log, Time time) {
        return new ManagedProcess(replica, identity, null, log, time).watch();
    }

    /// Which process it is.
    public ProcessIdentity identity() {
        return identity;
    }

    /// The last known status.
    public Status status() {
        return status.get();
    }

    /// Its output.
    public LogTail log() {
        return log;
    }

    /// Its pid and those of what it started, from the last look, at most a second old.
    public Set<Long> pids() {
        return pids;
    }

    /// The host's memory that it and what it started hold, in MiB; null when that cannot be told.
    public @Nullable Long residentMb() {
        Long sum = null;
        for (long pid : pids) {
            Long kb = ProcStat.residentKb(pid);
            if (kb != null) {
                sum = (sum == null ? 0 : sum) + kb;
            }
        }
        return sum == null ? null : sum / 1024;
    }

    /// Its own health was seen to say that it serves.
    public void ready() {
        advance(new Status(Phase.READY, null));
    }

    /// Leaves its log to whoever watches it next.
    public void abandon() {
        abandoned = true;
    }

    /// Waits until it is gone and says how it ended, in a few words.
    public String awaitExit() throws InterruptedException {
        exited.await();
        return ending();
    }

    /// Ends it with all it started, and waits. Empty when all are verified gone.
    public Set<ProcessIdentity> stop(Duration grace) throws InterruptedException {
        advance(new Status(Phase.STOPPING, null));
        Set<ProcessIdentity> left = new StopSequence(grace, time).run(replica, identity);
        if (!left.contains(identity)) {
            exited.await();
        }
        return left;
    }

    /// How it ended, in a few words; only after it did.
    String ending() {
        Integer code = status().exitCode();
        if (code == null) {
            return "the engine (pid " + identity.pid() + ") is gone";
        }
        if (code > 128 && code < 160) {
            String hint =
                    code == 137 ? " (KILL: by hand, or by the kernel when memory ran out)" : "";
            return "the engine was ended by signal " + (code - 128) + hint;
        }
        return "the engine exited with code " + code;
    }

    /// Sums over the engine and its children.
    Vitals vitals() {
        long cpu = 0;
        long rss = 0;
        long read = 0;
        for (long pid : pids) {
            ProcStat stat = ProcStat.of(pid);
            if (stat != null) {
                cpu += stat.cpuTicks();
                rss += stat.rssPages();
                read += stat.readBytes();
            }
        }
        return new Vitals(cpu, rss, read);
    }

    private ManagedProcess watch() {
        Thread.ofVirtual().name("engine-" + replica).start(this::supervise);
        return this;
    }

    private void supervise() {
        Integer code = null;
        try {
            long nextLook = time.nanos();
            while (!gone()) {
                if (time.nanos() >= nextLook) {
                    look();
                    nextLook = time.nanos() + LOOK.toNanos();
                }
            }
            code = child == null ? null : child.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            status.set(new Status(Phase.EXITED, code));
            exited.countDown();
        }
    }

    private boolean gone() throws InterruptedException {
        if (child != null) {
            return child.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS);
        }
        time.sleep(POLL);
        return !identity.alive();
    }

    private void look() {
        try {
            Set<Long> all = new LinkedHashSet<>();
            all.add(identity.pid());
            ProcessHandle handle = identity.handle();
            if (handle != null) {
                handle.descendants().forEach(descendant -> all.add(descendant.pid()));
            }
            pids = Set.copyOf(all);
            if (!abandoned) {
                log.trim();
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "while looking after replica " + replica, e);
        }
    }

    private void advance(Status next) {
        status.updateAndGet(now -> {
            boolean later = next.phase().compareTo(now.phase()) > 0;
            return later ? next : now;
        });
    }
}
