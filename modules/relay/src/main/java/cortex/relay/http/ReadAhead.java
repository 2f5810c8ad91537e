package cortex.relay.http;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What a client has sent ahead, in the order it came, and the heap that it takes. A client may
/// send byte by byte: what comes in small pieces is put together. Belongs to {@link ClientWatch}
/// and is read and written under its lock only.
final class ReadAhead {
    /// How much of the heap it may take before no more is kept.
    private static final int MOST = 16 << 10;

    /// What a portion takes besides its bytes.
    private static final int PORTION = 128;

    /// How many bytes are put together at most, and for how many there is room at first.
    private static final int LARGEST = 2 << 10;

    private static final int SMALLEST = 64;

    private final ArrayDeque<ByteBuffer> portions = new ArrayDeque<>(2);

    /// What came last, as long as more may be put to it.
    private byte[] last = {};

    private int lastLength;
    private int heap;

    boolean isEmpty() {
        return portions.isEmpty() && lastLength == 0;
    }

    /// Whether no more is to be kept.
    boolean isFull() {
        return heap + lastLength >= MOST;
    }

    /// Adds what came last.
    void add(ByteBuffer bytes) {
        int length = bytes.remaining();
        if (lastLength + length > LARGEST) {
            endLast();
        }
        int needed = lastLength + length;
        if (needed > last.length) {
            int room = Math.min(LARGEST, Math.max(SMALLEST, last.length * 2));
            last = Arrays.copyOf(last, Math.max(needed, room));
        }
        bytes.get(last, lastLength, length);
        lastLength = needed;
    }

    private void endLast() {
        if (lastLength > 0) {
            portions.add(ByteBuffer.wrap(last, 0, lastLength));
            heap += lastLength + PORTION;
            last = new byte[0];
            lastLength = 0;
        }
    }

    /// Puts back what was not used of what came first.
    void addFirst(ByteBuffer rest) {
        portions.addFirst(rest);
        heap += rest.remaining() + PORTION;
    }

    /// Takes what came first; null when there is nothing.
    @Nullable ByteBuffer poll() {
        if (portions.isEmpty()) {
            endLast();
        }
        ByteBuffer first = portions.poll();
        if (first != null) {
            heap -= first.remaining() + PORTION;
        }
        return first;
    }
}
