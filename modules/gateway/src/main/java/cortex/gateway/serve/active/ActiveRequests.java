package cortex.gateway.serve.active;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The requests that are being served, and the gate that shuts when the program stops. Safe for use
/// by many threads.
public final class ActiveRequests {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition none = lock.newCondition();

    @GuardedBy("lock")
    private final Set<Cancellation> running = new HashSet<>();

    @GuardedBy("lock")
    private boolean shut;

    /// An open gate and nothing running.
    public ActiveRequests() {}

    /// Lets a request in; it is out when its entry is closed.
    ///
    /// @throws FailureException with {@link Failure.ShuttingDown} once the gate is shut
    public Entry admit(Cancellation request) {
        lock.lock();
        try {
            if (shut) {
                throw new FailureException(new Failure.ShuttingDown());
            }
            running.add(request);
            return () -> leave(request);
        } finally {
            lock.unlock();
        }
    }

    /// A request among those being served, until it is closed.
    public interface Entry extends AutoCloseable {
        @Override
        void close();
    }

    /// Whether the gate is shut.
    public boolean isShut() {
        lock.lock();
        try {
            return shut;
        } finally {
            lock.unlock();
        }
    }

    /// Shuts the gate, waits up to `patience` for the running requests, then ends those that are
    /// left with an error their clients can see, and waits up to `last` for that.
    ///
    /// @return how many had to be ended
    public int drain(Duration patience, Duration last) throws InterruptedException {
        List<Cancellation> left;
        lock.lock();
        try {
            shut = true;
            awaitNone(patience);
            left = List.copyOf(running);
        } finally {
            lock.unlock();
        }
        left.forEach(request -> request.cancel(new Failure.ShuttingDown()));
        lock.lock();
        try {
            awaitNone(last);
        } finally {
            lock.unlock();
        }
        return left.size();
    }

    @GuardedBy("lock")
    private void awaitNone(Duration patience) throws InterruptedException {
        long nanos = patience.toNanos();
        while (!running.isEmpty() && nanos > 0) {
            nanos = none.awaitNanos(nanos);
        }
    }

    private void leave(Cancellation request) {
        lock.lock();
        try {
            running.remove(request);
            if (running.isEmpty()) {
                none.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
