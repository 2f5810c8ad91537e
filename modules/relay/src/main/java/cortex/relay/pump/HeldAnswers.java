package cortex.relay.pump;

import java.util.concurrent.atomic.AtomicLong;

/// The memory for answers that are held until they are whole. One that finds no room is passed on
/// as it comes. Safe for use by many threads.
final class HeldAnswers {
    /// A part of the heap, for all of this process.
    static final HeldAnswers HERE = new HeldAnswers(Runtime.getRuntime().maxMemory() / 16);

    private final AtomicLong free;

    /// With room for so many bytes.
    HeldAnswers(long bytes) {
        free = new AtomicLong(bytes);
    }

    /// Takes so many bytes, if there are as many.
    boolean take(long bytes) {
        if (free.addAndGet(-bytes) >= 0) {
            return true;
        }
        free.addAndGet(bytes);
        return false;
    }

    void give(long bytes) {
        free.addAndGet(bytes);
    }

    long freeBytes() {
        return free.get();
    }
}
