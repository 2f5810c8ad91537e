package cortex.neuron.device;

import cortex.core.time.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A clock that moves only when told.
final class ManualTime implements Time {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long nanos;
    private final List<Long> ends = new ArrayList<>();

    @Override
    public Instant now() {
        return Instant.ofEpochSecond(0, nanos());
    }

    @Override
    public long nanos() {
        lock.lock();
        try {
            return nanos;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Long end = nanos + duration.toNanos();
            ends.add(end);
            changed.signalAll();
            try {
                while (nanos < end) {
                    changed.await();
                }
            } finally {
                ends.remove(end);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Moves on; returns when those whose time has come are awake.
    void advance(Duration duration) {
        lock.lock();
        try {
            nanos += duration.toNanos();
            changed.signalAll();
            while (ends.stream().anyMatch(end -> end <= nanos)) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Waits until some thread sleeps.
    void awaitSleeper() throws InterruptedException {
        lock.lock();
        try {
            while (ends.isEmpty()) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    int sleepers() {
        lock.lock();
        try {
            return ends.size();
        } finally {
            lock.unlock();
        }
    }
}
