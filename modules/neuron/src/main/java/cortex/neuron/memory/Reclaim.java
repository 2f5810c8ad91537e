package cortex.neuron.memory;

import cortex.core.node.NodeHealth.UnloadCounts;
import cortex.core.time.Time;
import cortex.neuron.device.DeviceSnapshot;
import cortex.neuron.device.DeviceView;
import cortex.neuron.device.ProcessMemory;
import cortex.neuron.harness.EngineFailedException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Waits until the device memory of an engine that ended is measured back, has more done when it
/// does not come, and counts. Drivers give memory back 0.5 to 1.5 s after a process ended, so the
/// devices are read again and again until three quarters are back (as ollama does it,
/// server/sched.go). What cannot be measured counts neither as freed nor as leaked.
public final class Reclaim implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Reclaim.class.getName());
    private static final Duration POLL = Duration.ofMillis(250);

    private final DeviceView devices;
    private final Time time;
    private final Duration timeout;
    private volatile boolean closed;
    private final AtomicReference<UnloadCounts> counts =
            new AtomicReference<>(new UnloadCounts(0, 0, 0, 0, 0));

    /// Waits up to `timeout` each time.
    public Reclaim(DeviceView devices, Time time, Duration timeout) {
        this.devices = devices;
        this.time = time;
        this.timeout = timeout;
    }

    /// What can be done beyond a stop. `known` is whether memory was measured not to come back,
    /// else it could not be measured. Says what was done, or null when nothing was.
    public interface Escalation {
        /// For an engine that ended by itself.
        Escalation NONE = known -> null;

        /// Does it.
        @Nullable String take(boolean known) throws EngineFailedException, InterruptedException;
    }

    /// What became of the memory of engines until now.
    public UnloadCounts counts() {
        return counts.get();
    }

    /// Waits for the memory of a replica whose engine has ended.
    public Returned await(String replica, Watched watched, Escalation escalation)
            throws InterruptedException {
        if (watched.onCpu()) {
            return Returned.UNKNOWN;
        }
        long from = time.nanos();
        Before before = watched.before();
        Round round = round(watched, before);
        boolean enough = round.left != null && round.left.back();
        String done = enough ? null : take(replica, escalation, round.left != null);
        boolean escalated = done != null;
        if (escalated && round.left != null) {
            round = round(watched, before);
        }
        Returned returned = returned(round, before, done);
        count(returned);
        log(replica, returned, Duration.ofNanos(time.nanos() - from));
        return returned;
    }

    /// From now on nobody waits: what is not back at the next reading is not waited for.
    @Override
    public void close() {
        closed = true;
    }

    private @Nullable String take(String replica, Escalation escalation, boolean known)
            throws InterruptedException {
        try {
            return escalation.take(known);
        } catch (EngineFailedException e) {
            LOG.log(Level.ERROR, "replica " + replica + ": " + e.getMessage(), e);
            return null;
        }
    }

    /// How it stood at the end of a wait, by the last reading.
    private record Round(DeviceSnapshot reading, Before.@Nullable Left left) {}

    private Round round(Watched watched, @Nullable Before before) throws InterruptedException {
        long until = time.nanos() + timeout.toNanos();
        DeviceSnapshot now = devices.snapshot();
        if (before == null || before.heldMb() == null) {
            return new Round(now, null);
        }
        Before.Left left = null;
        while (true) {
            long begun = time.nanos();
            now =
                    devices.awaitSince(
                            before.devices(), begun, Duration.ofNanos(Math.max(0, until - begun)));
            Long read = now.begunNanos(before.devices());
            boolean fresh = read != null && read - begun >= 0;
            // What the last reading told stands when the next one is not there in time.
            left = fresh ? before.left(now, watched.wasAlone()) : left;
            long rest = until - time.nanos();
            boolean hopeless = fresh && left == null;
            if (rest <= 0 || closed || hopeless || (left != null && left.back())) {
                return new Round(now, left);
            }
            time.sleep(Duration.ofNanos(Math.min(rest, POLL.toNanos())));
        }
    }

    private static Returned returned(Round round, @Nullable Before before, @Nullable String done) {
        Before.Left left = round.left;
        boolean escalated = done != null;
        if (left == null || before == null) {
            return new Returned(null, null, escalated, done);
        }
        if (left.back()) {
            return new Returned(left.freedMb(), null, escalated, done);
        }
        String who = holders(round.reading, before);
        String note = done == null ? who : done + "; " + who;
        return new Returned(left.freedMb(), left.leftMb(), escalated, note);
    }

    /// Which of the engine's processes the driver still names.
    private static String holders(DeviceSnapshot now, Before before) {
        List<ProcessMemory> all = now.processes(before.devices());
        String names =
                (all == null ? List.<ProcessMemory>of() : all)
                        .stream()
                                .filter(one -> before.pids().contains(one.pid()))
                                .map(one -> "process " + one.pid() + " holds " + one.mb() + " MiB")
                                .collect(Collectors.joining(", "));
        return names.isEmpty() ? "the driver names no process that holds it" : names;
    }

    private void count(Returned returned) {
        Long leaked = returned.leakedMb();
        boolean unknown = returned.freedMb() == null;
        counts.updateAndGet(now ->
                new UnloadCounts(
                        now.verified() + (!unknown && leaked == null ? 1 : 0),
                        now.leaked() + (leaked != null ? 1 : 0),
                        now.unknown() + (unknown ? 1 : 0),
                        now.escalated() + (returned.escalated() ? 1 : 0),
                        now.leakedMb() + (leaked == null ? 0 : leaked)));
    }

    private static void log(String replica, Returned returned, Duration took) {
        String after = String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1000.0);
        String note = returned.note() == null ? "" : "; " + returned.note();
        Long leaked = returned.leakedMb();
        if (leaked != null) {
            LOG.log(
                    Level.WARNING,
                    "replica {0}: {1} MiB of device memory did not come back within {2}, {3} MiB"
                            + " did{4}",
                    replica,
                    leaked.toString(),
                    after,
                    String.valueOf(returned.freedMb()),
                    note);
        } else if (returned.freedMb() != null) {
            LOG.log(
                    Level.INFO,
                    "replica {0}: {1} MiB of device memory came back within {2}{3}",
                    replica,
                    returned.freedMb().toString(),
                    after,
                    note);
        } else {
            LOG.log(
                    Level.INFO,
                    "replica {0}: cannot measure whether its device memory was freed{1}",
                    replica,
                    note);
        }
    }
}
