package cortex.gateway.serve.active;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The one way a running request is ended from outside its own thread: its client has left, or the
/// program stops. The first reason stays. Safe for use by many threads.
public final class Cancellation {
    /// A request that runs.
    public Cancellation() {}

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private @Nullable Runnable action;

    private volatile @Nullable Failure reason;

    /// Ends the request: whatever it waits for now is given up.
    public void cancel(Failure why) {
        @Nullable Runnable run;
        lock.lock();
        try {
            if (reason != null) {
                return;
            }
            reason = why;
            run = action;
        } finally {
            lock.unlock();
        }
        if (run != null) {
            run.run();
        }
    }

    /// What a cancelling gives up from now on, in place of what was named before. Runs at once when
    /// the request is cancelled already. Must not block.
    public void onCancel(Runnable giveUp) {
        lock.lock();
        try {
            action = giveUp;
            if (reason == null) {
                return;
            }
        } finally {
            lock.unlock();
        }
        giveUp.run();
    }

    /// Why the request was cancelled, or null.
    public @Nullable Failure reason() {
        return reason;
    }

    /// Throws the reason when there is one.
    public void check() {
        Failure why = reason;
        if (why != null) {
            throw new FailureException(why);
        }
    }
}
