package cortex.relay.http;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// What a client has sent ahead, in the order it came, and the heap that it takes: a client may
/// send byte by byte. Belongs to {@link ClientWatch} and is read and written under its lock only.
final class ReadAhead {
    /// How much of the heap it may take before no more is kept.
    private static final int MOST = 16 << 10;

    /// What a portion takes besides its bytes.
    private static final int PORTION = 128;

    private final ArrayDeque<ByteBuffer> portions = new ArrayDeque<>(2);
    private int heap;

    boolean isEmpty() {
        return portions.isEmpty();
    }

    /// Whether no more is to be kept.
    boolean isFull() {
        return heap >= MOST;
    }

    /// Adds what came last, in an array of its own length.
    void add(ByteBuffer bytes) {
        byte[] kept = new byte[bytes.remaining()];
        bytes.get(kept);
        portions.add(ByteBuffer.wrap(kept));
        heap += kept.length + PORTION;
    }

    /// Puts back what was not used of what came first.
    void addFirst(ByteBuffer rest) {
        portions.addFirst(rest);
        heap += rest.capacity() + PORTION;
    }

    /// Takes what came first; null when there is nothing.
    @Nullable ByteBuffer poll() {
        ByteBuffer first = portions.poll();
        if (first != null) {
            heap -= first.capacity() + PORTION;
        }
        return first;
    }
}
