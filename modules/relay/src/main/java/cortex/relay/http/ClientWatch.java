package cortex.relay.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.helidon.common.buffers.DataReader;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Reads a client's socket while its response is being produced, so that a hang-up is noticed at
/// once and not with the next write. What it reads in vain (the next request, pipelined) it hands
/// over, so that keep-alive goes on. One for each connection; owns the connection's read side.
public final class ClientWatch {
    private static final ScopedValue<ClientWatch> CURRENT = ScopedValue.newInstance();

    private final DataReader origin;
    private final DataReader reader = DataReader.create(this::next);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition readDone = lock.newCondition();

    @GuardedBy("lock")
    private boolean reading;

    @GuardedBy("lock")
    private byte @Nullable [] pending;

    @GuardedBy("lock")
    private boolean eof;

    @GuardedBy("lock")
    private @Nullable Runnable onGone;

    ClientWatch(DataReader origin) {
        this.origin = origin;
    }

    /// The watch of the connection whose request this thread handles.
    ///
    /// @throws IllegalStateException outside of a request of a server of {@link HttpServers}
    public static ClientWatch current() {
        if (!CURRENT.isBound()) {
            throw new IllegalStateException("no request of a watched server on this thread");
        }
        return CURRENT.get();
    }

    /// Starts to watch; call it only after the request's body was read in full. `gone` runs at most
    /// once, on another thread (or at once, when the client has already left), and must not block.
    public void watch(Runnable gone) {
        boolean already;
        lock.lock();
        try {
            already = eof;
            if (!already) {
                onGone = gone;
                if (reading || pending != null) {
                    return;
                }
                reading = true;
            }
        } finally {
            lock.unlock();
        }
        if (already) {
            gone.run();
        } else {
            Thread.ofVirtual().name("client-watch").start(this::readOnce);
        }
    }

    /// Ends the watching: what was given to {@link #watch} will not run any more.
    public void unwatch() {
        lock.lock();
        try {
            onGone = null;
        } finally {
            lock.unlock();
        }
    }

    /// What the server's own HTTP parser reads from.
    DataReader reader() {
        return reader;
    }

    static ScopedValue<ClientWatch> scope() {
        return CURRENT;
    }

    private void readOnce() {
        byte @Nullable [] bytes = null;
        try {
            bytes = pull();
        } finally {
            Runnable gone = null;
            lock.lock();
            try {
                reading = false;
                pending = bytes;
                if (bytes == null) {
                    eof = true;
                    gone = onGone;
                    onGone = null;
                }
                readDone.signalAll();
            } finally {
                lock.unlock();
            }
            if (gone != null) {
                gone.run();
            }
        }
    }

    private byte @Nullable [] next() {
        lock.lock();
        try {
            while (reading) {
                readDone.awaitUninterruptibly();
            }
            if (pending != null) {
                byte[] bytes = pending;
                pending = null;
                return bytes;
            }
            if (eof) {
                return null;
            }
        } finally {
            lock.unlock();
        }
        return pull();
    }

    private byte @Nullable [] pull() {
        try {
            origin.ensureAvailable();
            return origin.readBytes(origin.available());
        } catch (DataReader.InsufficientDataAvailableException e) {
            return null;
        }
    }
}
