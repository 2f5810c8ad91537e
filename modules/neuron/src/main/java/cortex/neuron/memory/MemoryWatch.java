package cortex.neuron.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.time.Time;
import cortex.neuron.device.DeviceSnapshot;
import cortex.neuron.device.DeviceView;
import cortex.neuron.harness.Harness;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Measures what each replica of this node holds, once a second and whenever it is asked. Owns
/// those measurements, which replicas move on which devices, and one thread.
public final class MemoryWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(MemoryWatch.class.getName());
    private static final Duration EACH = Duration.ofSeconds(1);
    private static final Duration OLDEST = Duration.ofSeconds(30);

    private final DeviceView devices;
    private final Time time;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Set<Watched> all = new LinkedHashSet<>();

    /// Begins to measure; nothing is watched yet.
    public MemoryWatch(DeviceView devices, Time time) {
        this.devices = devices;
        this.time = time;
        this.thread = Thread.ofVirtual().name("memory-watch").start(this::run);
    }

    /// A replica that is going to be started on these devices; to be called just before.
    public Watched starting(List<Integer> on) {
        return add(on, devices.snapshot());
    }

    /// A replica whose engine runs already.
    public Watched running(List<Integer> on, Harness.Engine engine) {
        Watched watched = add(on, null);
        started(watched, engine);
        return watched;
    }

    private Watched add(List<Integer> on, @Nullable DeviceSnapshot first) {
        lock.lock();
        try {
            Watched fresh = new Watched(this, on, first);
            fresh.alone = quiet(fresh);
            disturb(fresh);
            all.add(fresh);
            return fresh;
        } finally {
            lock.unlock();
        }
    }

    void started(Watched watched, Harness.Engine engine) {
        watched.engine(engine);
        watched.lookAtResident();
    }

    void ready(Watched watched) {
        watched.lookAtResident();
        boolean broughtOthers = watched.broughtOthers();
        lock.lock();
        try {
            watched.alone &= !broughtOthers;
            watched.readyAt = time.nanos();
        } finally {
            lock.unlock();
        }
    }

    /// `told`: it is going to be stopped, so that the reading of this moment counts; else what was
    /// last seen of it, unless that is long ago.
    void leaving(Watched watched, boolean told) {
        long now = time.nanos();
        lock.lock();
        try {
            if (told || old(watched.before, now)) {
                watched.before = null;
            }
            if (told) {
                watched.look(devices.snapshot(), now);
            }
            watched.leaving = true;
            watched.alone = quiet(watched);
            disturb(watched);
        } finally {
            lock.unlock();
        }
    }

    private static boolean old(@Nullable Before before, long now) {
        Long read = before == null ? null : before.reading().begunNanos(before.devices());
        return read != null && now - read > OLDEST.toNanos();
    }

    /// Whether nothing else moves on its devices.
    @GuardedBy("lock")
    private boolean quiet(Watched watched) {
        return all.stream()
                .noneMatch(other -> other != watched && other.stirs() && other.shares(watched));
    }

    void end(Watched watched) {
        lock.lock();
        try {
            all.remove(watched);
            disturb(watched);
        } finally {
            lock.unlock();
        }
    }

    Held held(Watched watched) {
        lock.lock();
        try {
            return watched.look(devices.snapshot(), time.nanos());
        } finally {
            lock.unlock();
        }
    }

    @Nullable Before before(Watched watched) {
        lock.lock();
        try {
            return watched.before;
        } finally {
            lock.unlock();
        }
    }

    boolean alone(Watched watched) {
        lock.lock();
        try {
            return watched.alone;
        } finally {
            lock.unlock();
        }
    }

    /// Others that are being measured by a difference can no longer be: this one moves too.
    @GuardedBy("lock")
    private void disturb(Watched by) {
        for (Watched other : all) {
            if (other != by && other.stirs() && other.shares(by)) {
                other.alone = false;
            }
        }
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                time.sleep(EACH);
                lookOrLog();
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "memory is measured no more");
        }
    }

    /// A fault of this program must not end the measuring.
    private void lookOrLog() {
        try {
            lookAtAll();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "while measuring memory", e);
        }
    }

    private void lookAtAll() {
        for (Watched watched : copy()) {
            watched.lookAtResident();
        }
        DeviceSnapshot now = devices.snapshot();
        lock.lock();
        try {
            all.forEach(watched -> watched.look(now, time.nanos()));
        } finally {
            lock.unlock();
        }
    }

    private List<Watched> copy() {
        lock.lock();
        try {
            return List.copyOf(all);
        } finally {
            lock.unlock();
        }
    }

    /// Ends the thread; what was measured can still be asked for.
    @Override
    public void close() {
        thread.interrupt();
    }
}
