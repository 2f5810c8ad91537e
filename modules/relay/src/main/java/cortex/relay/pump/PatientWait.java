package cortex.relay.pump;

import cortex.core.time.SystemTime;
import cortex.core.time.Time;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// A wait for an engine, with a limit that is hardly ever reached. The JDK's own timed wait wakes
/// its timer's thread twice for each wait of a virtual thread; here one thread of ours sleeps until
/// the earliest limit it has seen, and a wait that ends in time costs it nothing.
final class PatientWait {
    private static final Time CLOCK = new SystemTime();
    private static final long FOREVER = TimeUnit.DAYS.toNanos(365);

    /// Limits this close together are looked at in one go.
    private static final long GRAIN = TimeUnit.MILLISECONDS.toNanos(5);

    private static final Set<PatientWait> WAITING = ConcurrentHashMap.newKeySet();
    private static final Watcher WATCHER = new Watcher();

    private final ReentrantLock lock;
    private final Condition changed;
    private final long until;

    private PatientWait(ReentrantLock lock, Condition changed, long until) {
        this.lock = lock;
        this.changed = changed;
        this.until = until;
    }

    /// Waits, as {@link Condition#awaitNanos} does: the caller holds `lock`, the return may be
    /// spurious, and what is returned is the rest of the time, not positive when it is over.
    @SuppressWarnings("WaitNotInLoop") // the caller's loop
    static long await(ReentrantLock lock, Condition changed, long nanos)
            throws InterruptedException {
        if (nanos <= 0) {
            return 0;
        }
        long until = CLOCK.nanos() + Math.min(nanos, FOREVER);
        PatientWait wait = new PatientWait(lock, changed, until);
        WAITING.add(wait);
        try {
            WATCHER.isThereBy(until);
            changed.await();
        } finally {
            WAITING.remove(wait);
        }
        return until - CLOCK.nanos();
    }

    private void wakeUp() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Wakes those whose time is over. A wait is put among the waiting before it asks the watcher
    /// to be there; the watcher says when it will wake up before it sleeps, and while it looks
    /// through the waits it says "never": so one of the two always sees the other.
    private static final class Watcher implements Runnable {
        private final Thread thread = Thread.ofVirtual().name("patient-waits").unstarted(this);
        private volatile long awakeAt = CLOCK.nanos() + FOREVER;

        Watcher() {
            thread.start();
        }

        void isThereBy(long until) {
            if (until - awakeAt < 0) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void run() {
            while (!Thread.interrupted()) {
                awakeAt = CLOCK.nanos() + FOREVER;
                long next = wakeThoseOverdue();
                awakeAt = next;
                LockSupport.parkNanos(this, next - CLOCK.nanos());
            }
        }

        /// Returns when to look again.
        private long wakeThoseOverdue() {
            long now = CLOCK.nanos();
            long next = now + FOREVER;
            for (PatientWait wait : WAITING) {
                if (wait.until - now <= 0) {
                    wait.wakeUp();
                } else if (wait.until - next < 0) {
                    next = wait.until;
                }
            }
            return next - now < GRAIN ? now + GRAIN : next;
        }
    }
}
