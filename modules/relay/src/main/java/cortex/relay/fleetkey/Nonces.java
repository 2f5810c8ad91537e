package cortex.relay.fleetkey;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// The nonces of the requests that were let in lately, as 64 bits of each: they are random or
/// counted from a random number, by those who have a key. Two generations of at most `most`; the
/// older one is forgotten when nothing in it can be valid any more.
final class Nonces {
    private final int most;
    private final long window;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private Set<Long> young = new HashSet<>();

    @GuardedBy("lock")
    private Set<Long> old = new HashSet<>();

    @GuardedBy("lock")
    private long began;

    /// Remembers for at least `window`; `now` are monotonic nanoseconds.
    Nonces(int most, Duration window, long now) {
        this.most = most;
        this.window = window.toNanos();
        this.began = now;
    }

    /// What became of a nonce.
    enum Verdict {
        /// It is new, and remembered from now on.
        NEW,
        /// It was seen before.
        SEEN,
        /// There is no room to remember it.
        FULL
    }

    /// Looks a nonce of 32 hexadecimal digits up and remembers it.
    Verdict see(String nonce, long now) {
        Long seen = bits(nonce);
        lock.lock();
        try {
            if (now - began > window) {
                boolean both = now - began > 2 * window;
                old = both ? new HashSet<>() : young;
                young = new HashSet<>();
                began = now;
            }
            if (young.contains(seen) || old.contains(seen)) {
                return Verdict.SEEN;
            }
            if (young.size() >= most) {
                return Verdict.FULL;
            }
            young.add(seen);
            return Verdict.NEW;
        } finally {
            lock.unlock();
        }
    }

    private static long bits(String nonce) {
        long high = Long.parseUnsignedLong(nonce, 0, 16, 16);
        return high * 0x9e3779b97f4a7c15L + Long.parseUnsignedLong(nonce, 16, 32, 16);
    }
}
