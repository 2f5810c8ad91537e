package cortex.neuron.device;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.node.DeviceInfo;
import cortex.core.time.Time;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Owns the last reading of one vendor's devices and the one thread that renews it. Others get it
/// at once, whatever the probe is doing. Readings that keep failing, or hang, lose their numbers:
/// they become unknown rather than old.
final class ProbeReader implements AutoCloseable {
    /// Failed readings in a row after which memory, utilisation and temperature are unknown.
    static final int FAILURES_UNTIL_UNKNOWN = 3;

    /// Readings taken in quick succession after the one of a refresh: drivers give memory back 0.5
    /// to 1.5 s after a process ended.
    private static final int SETTLING_READINGS = 4;

    /// Numbers older than this, and than three intervals, are unknown even while a reading hangs
    /// that has not failed yet.
    private static final Duration OLDEST = Duration.ofSeconds(15);

    private static final Duration SETTLING_INTERVAL = Duration.ofMillis(500);
    private static final System.Logger LOG = System.getLogger(ProbeReader.class.getName());

    private final DeviceProbe probe;
    private final int firstIndex;
    private final Duration interval;
    private final Duration oldest;
    private final Time time;
    private final CountDownLatch first = new CountDownLatch(1);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition renewed = lock.newCondition();
    private final Thread thread;
    private volatile boolean closed;
    private volatile State state = State.NONE;

    @GuardedBy("lock")
    private boolean asleep;

    @GuardedBy("lock")
    private boolean wanted;

    /// `good` is the last reading that succeeded, `began` and `ended` (monotonic nanoseconds) are
    /// its times; `failures` came after it. `tried` is when the last reading began, good or bad.
    private record State(
            @Nullable DeviceReading good,
            long began,
            long ended,
            int failures,
            @Nullable String note,
            @Nullable Long tried) {
        static final State NONE =
                new State(null, 0, 0, 0, "The first reading is still under way.", null);

        boolean triedSince(long nanos) {
            return tried != null && tried - nanos >= 0;
        }
    }

    /// Starts to read every `interval`; the devices' indexes on the node begin at `firstIndex`.
    ProbeReader(DeviceProbe probe, int firstIndex, Duration interval, Time time) {
        this.probe = probe;
        this.firstIndex = firstIndex;
        this.interval = interval;
        Duration three = interval.multipliedBy(3);
        this.oldest = three.compareTo(OLDEST) > 0 ? three : OLDEST;
        this.time = time;
        this.thread =
                Thread.ofVirtual().name("device-probe-" + probe.vendor()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    DeviceProbe probe() {
        return probe;
    }

    /// Waits until the first reading is there, well or ill, but no longer than `limit`; whether it
    /// is there.
    boolean awaitFirst(Duration limit) throws InterruptedException {
        return first.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    VendorSnapshot snapshot() {
        State now = state;
        DeviceReading good = now.good();
        if (good == null) {
            return new VendorSnapshot(List.of(), null, now.note(), null, null);
        }
        Duration age = Duration.ofNanos(Math.max(0, time.nanos() - now.ended()));
        boolean known = now.failures() < FAILURES_UNTIL_UNKNOWN && age.compareTo(oldest) < 0;
        return new VendorSnapshot(
                known ? good.devices() : good.devices().stream().map(Device::unread).toList(),
                known ? good.processes() : null,
                now.note(),
                age,
                now.began());
    }

    /// Waits for a reading, good or bad, that began at or after `nanos`, but no longer than
    /// `limit`; the caller has asked for one.
    void awaitSince(long nanos, Duration limit) throws InterruptedException {
        long left = limit.toNanos();
        lock.lock();
        try {
            while (!state.triedSince(nanos) && left > 0 && !closed) {
                left = renewed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Asks for a reading now and for some more soon after.
    void refresh() {
        lock.lock();
        try {
            wanted = true;
            if (asleep) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Ends the thread and a reading under way; waits for neither.
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        lock.lock();
        try {
            renewed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        int settling = 0;
        while (!closed) {
            if (takeWanted()) {
                settling = SETTLING_READINGS;
            }
            long began = time.nanos();
            try {
                accept(probe.read().from(firstIndex), began);
            } catch (InterruptedException e) {
                continue; // only close() interrupts a reading
            } catch (RuntimeException e) {
                String what = "Reading the " + probe.vendor() + " devices failed: " + e;
                LOG.log(Level.ERROR, what, e);
                accept(DeviceReading.failed(what), began);
            }
            first.countDown();
            boolean soon = settling > 0 && SETTLING_INTERVAL.compareTo(interval) < 0;
            settling = Math.max(0, settling - 1);
            pause(soon ? SETTLING_INTERVAL : interval);
        }
    }

    private boolean takeWanted() {
        lock.lock();
        try {
            boolean was = wanted;
            wanted = false;
            return was;
        } finally {
            lock.unlock();
        }
    }

    private void accept(DeviceReading reading, long began) {
        State before = state;
        State after =
                reading.ok()
                        ? new State(reading, began, time.nanos(), 0, reading.note(), began)
                        : new State(
                                before.good(),
                                before.began(),
                                before.ended(),
                                before.failures() + 1,
                                reading.note(),
                                began);
        lock.lock();
        try {
            state = after;
            renewed.signalAll();
        } finally {
            lock.unlock();
        }
        if (!Objects.equals(before.note(), after.note())) {
            tell(after);
        }
    }

    private static void tell(State now) {
        DeviceReading good = now.good();
        if (now.note() != null) {
            LOG.log(now.failures() > 0 ? Level.WARNING : Level.INFO, "devices: {0}", now.note());
        } else if (good != null && !good.devices().isEmpty()) {
            LOG.log(
                    Level.INFO,
                    "devices: {0}",
                    good.devices().stream().map(ProbeReader::named).toList());
        }
    }

    private static String named(Device device) {
        DeviceInfo info = device.info();
        return info.index() + " " + info.name() + " " + info.capability();
    }

    /// Sleeps, unless a refresh is wanted; a refresh ends the sleep by an interrupt.
    private void pause(Duration duration) {
        if (!fallAsleep()) {
            return;
        }
        try {
            time.sleep(duration);
        } catch (InterruptedException e) {
            LOG.log(Level.TRACE, "woken for a refresh or the end");
        } finally {
            wakeUp();
        }
    }

    private boolean fallAsleep() {
        lock.lock();
        try {
            asleep = !wanted && !closed;
            return asleep;
        } finally {
            lock.unlock();
        }
    }

    private void wakeUp() {
        lock.lock();
        try {
            asleep = false;
            // An interrupt that came just after the sleep ended must not end the next reading.
            boolean late = Thread.interrupted();
            LOG.log(Level.TRACE, "awake, late interrupt {0}", late);
        } finally {
            lock.unlock();
        }
    }
}
