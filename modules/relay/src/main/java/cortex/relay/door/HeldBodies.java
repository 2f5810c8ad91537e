package cortex.relay.door;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.Semaphore;

/// The memory for requests' bodies that are held while an engine works at them, so that they can be
/// sent once more over another connection. A body that finds no room is not held, but passed on as
/// it comes. Safe for use by many threads.
public final class HeldBodies {
    /// The longest body that is held whole.
    public static final int WHOLE = 64 << 10;

    private static final int FIRST = 4 << 10;
    private static final int UNIT = 1 << 10;

    private final Semaphore free;

    /// With room for so many bytes.
    public HeldBodies(long bytes) {
        free = new Semaphore((int) Math.min(Integer.MAX_VALUE, Math.ceilDiv(bytes, UNIT)));
    }

    /// How many bytes are free.
    public long freeBytes() {
        return (long) free.availablePermits() * UNIT;
    }

    Held open() {
        return new Held();
    }

    /// The beginning of one body, perhaps all of it. Closed by whoever is done with it.
    final class Held implements AutoCloseable {
        private byte[] bytes = {};
        private int units;
        private boolean ended;

        /// Reads as much as may be held of a body of `length` bytes, -1 when that is not known.
        /// What is announced takes no room before it comes.
        void read(InputStream in, long length) throws IOException {
            byte[] buffer = bytes;
            int filled = 0;
            while (filled != length) {
                if (filled == buffer.length) {
                    int larger = larger(buffer.length, length);
                    if (larger == filled || !take(larger)) {
                        break;
                    }
                    buffer = Arrays.copyOf(buffer, larger);
                    give(units(larger));
                }
                int n = in.read(buffer, filled, buffer.length - filled);
                if (n < 0) {
                    ended = true;
                    break;
                }
                filled += n;
            }
            ended |= filled == length;
            bytes = filled == buffer.length ? buffer : Arrays.copyOf(buffer, filled);
            give(units(filled));
        }

        private static int larger(int now, long length) {
            int most = length < 0 || length > WHOLE ? WHOLE : (int) length;
            return Math.min(most, Math.max(FIRST, 2 * now));
        }

        private static int units(int size) {
            return Math.ceilDiv(size, UNIT);
        }

        /// Takes room for a buffer of `size` bytes beside the one there is.
        private boolean take(int size) {
            int more = units(size);
            if (!free.tryAcquire(more)) {
                return false;
            }
            units += more;
            return true;
        }

        /// Gives back what is over `keep`.
        private void give(int keep) {
            int over = units - keep;
            if (over > 0) {
                free.release(over);
                units = keep;
            }
        }

        /// Whether that is the whole body.
        boolean isWhole() {
            return ended;
        }

        byte[] bytes() {
            return bytes;
        }

        /// What was read, for once: at its end the room is given back.
        InputStream once() {
            return new ByteArrayInputStream(bytes) {
                @Override
                public void close() {
                    Held.this.close();
                }
            };
        }

        @Override
        public void close() {
            bytes = new byte[0];
            give(0);
        }
    }
}
