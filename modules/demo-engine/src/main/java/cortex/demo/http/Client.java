package cortex.demo.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The far end of one connection: a buffer that requests are parsed from and, while a request is
/// being served, a watch that reads on so that the client's leaving is noticed within milliseconds.
/// Owns the buffer; bytes of a pipelined request read by the watch are kept.
public final class Client {
    private final InputStream in;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final byte[] buffer = new byte[16 * 1024];

    // Written by the connection's thread, and by the watch only while `reading` is set.
    private int from;
    private int to;

    @GuardedBy("lock")
    private boolean reading;

    @GuardedBy("lock")
    private boolean gone;

    @GuardedBy("lock")
    private @Nullable Runnable onGone;

    Client(InputStream in) {
        this.in = in;
    }

    /// The next byte, or -1 at the end.
    int read(Duration limit) throws IOException {
        return from < to || fill(limit) ? buffer[from++] & 0xff : -1;
    }

    /// Reads exactly `length` bytes into `target`.
    void readFully(byte[] target, int offset, int length, Duration limit) throws IOException {
        int done = 0;
        while (done < length) {
            if (from == to && !fill(limit)) {
                throw new IOException("the body ended early");
            }
            int step = Math.min(length - done, to - from);
            System.arraycopy(buffer, from, target, offset + done, step);
            from += step;
            done += step;
        }
    }

    private boolean fill(Duration limit) throws IOException {
        awaitWatch(limit);
        if (from < to) {
            return true;
        }
        from = 0;
        to = Math.max(0, in.read(buffer));
        return to > 0;
    }

    /// Waits until a watch of the request before has let go of the socket.
    private void awaitWatch(Duration limit) throws IOException {
        lock.lock();
        try {
            long left = limit.toNanos();
            while (reading) {
                left = changed.awaitNanos(left);
                if (left <= 0) {
                    throw new SocketTimeoutException("no further request");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for a request", e);
        } finally {
            lock.unlock();
        }
    }

    /// Starts to watch; call once the request has been read in full.
    void watch() {
        lock.lock();
        try {
            if (reading || gone || from < to) {
                return;
            }
            reading = true;
            from = 0;
            to = 0;
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual().name("client-watch").start(this::pull);
    }

    private void pull() {
        int n;
        try {
            n = in.read(buffer);
        } catch (IOException e) {
            n = -1; // a reset is as much a leaving as an end
        }
        Runnable action = null;
        lock.lock();
        try {
            reading = false;
            if (n > 0) {
                to = n;
            } else {
                gone = true;
                action = onGone;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (action != null) {
            action.run();
        }
    }

    void unwatch() {
        lock.lock();
        try {
            onGone = null;
        } finally {
            lock.unlock();
        }
    }

    /// Whether the client has closed its side; a half-close counts, as in llama-server.
    public boolean gone() {
        lock.lock();
        try {
            return gone;
        } finally {
            lock.unlock();
        }
    }

    /// Waits up to `limit` for the client to leave.
    ///
    /// @throws InterruptedException when the engine is stopping
    public void awaitGone(Duration limit) throws InterruptedException {
        lock.lock();
        try {
            long left = limit.toNanos();
            while (!gone && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Runs `action` once when the client leaves, at once when it has left already; replaces an
    /// earlier action.
    public void onGone(Runnable action) {
        lock.lock();
        try {
            onGone = action;
            if (!gone) {
                return;
            }
        } finally {
            lock.unlock();
        }
        action.run();
    }
}
