package cortex.relay.door;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A request's body on its way to the engine while the client still sends it: read once, by the
/// HTTP client. Remembers how the reading ended, because a client that breaks off looks to the
/// exchange like any other failure.
public final class Upload extends InputStream {
    private final InputStream origin;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private boolean ended;

    @GuardedBy("lock")
    private @Nullable Runnable onEnd;

    @GuardedBy("lock")
    private @Nullable RuntimeException failure;

    /// Reads `origin`.
    public Upload(InputStream origin) {
        this.origin = origin;
    }

    /// Runs `then` once the body was read in full, at once if it already was.
    public void whenRead(Runnable then) {
        lock.lock();
        try {
            if (!ended) {
                onEnd = then;
                return;
            }
        } finally {
            lock.unlock();
        }
        then.run();
    }

    /// Whether the body was read in full.
    public boolean isRead() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /// What the server threw while the body was read, as when the client broke off or the body grew
    /// over the limit; null when nothing.
    public @Nullable RuntimeException failure() {
        lock.lock();
        try {
            return failure;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int n;
        try {
            n = origin.read(into, offset, length);
        } catch (RuntimeException e) {
            lock.lock();
            try {
                failure = e;
            } finally {
                lock.unlock();
            }
            throw new IOException("the client's body broke off", e);
        }
        if (n < 0) {
            end();
        }
        return n;
    }

    private void end() {
        Runnable then;
        lock.lock();
        try {
            ended = true;
            then = onEnd;
            onEnd = null;
        } finally {
            lock.unlock();
        }
        if (then != null) {
            then.run();
        }
    }
}
