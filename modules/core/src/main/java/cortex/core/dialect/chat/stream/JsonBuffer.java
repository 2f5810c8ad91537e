package cortex.core.dialect.chat.stream;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.databind.json.JsonMapper;

/// A growing byte buffer to write JSON and events into; used again after {@link #clear}.
public final class JsonBuffer {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /// A buffer that once had to hold a whole file is not kept for a stream's rest.
    private static final int KEPT = 1 << 16;

    /// Digits of the greatest long.
    private static final int LONGEST_NUMBER = 19;

    private byte[] bytes = new byte[512];
    private int length;

    /// An empty buffer.
    public JsonBuffer() {}

    /// ASCII bytes ready to be written again and again.
    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /// Makes room for this many bytes at once, where it would grow several times otherwise.
    public void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.addExact(length, more));
        }
    }

    /// Appends bytes as they are.
    public JsonBuffer raw(byte[] source) {
        return raw(source, 0, source.length);
    }

    /// Appends a range of bytes as they are.
    public JsonBuffer raw(byte[] source, int from, int to) {
        ensure(to - from);
        System.arraycopy(source, from, bytes, length, to - from);
        length += to - from;
        return this;
    }

    /// Appends the inside of a JSON string.
    public JsonBuffer slice(JsonSlice slice) {
        slice.appendTo(this);
        return this;
    }

    /// Appends a text as a JSON string, quotes included.
    public JsonBuffer quoted(String text) {
        return raw(MAPPER.writeValueAsString(text).getBytes(StandardCharsets.UTF_8));
    }

    /// Appends a number.
    public JsonBuffer number(long value) {
        if (value < 0) {
            return raw(ascii(Long.toString(value)));
        }
        ensure(LONGEST_NUMBER);
        int digits = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            digits++;
        }
        length += digits;
        long rest = value;
        for (int at = length - 1; at >= length - digits; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return this;
    }

    /// How many bytes it holds.
    public int length() {
        return length;
    }

    /// Whether it holds nothing.
    public boolean isEmpty() {
        return length == 0;
    }

    /// A copy of what it holds.
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /// Points a slice at what it holds; good until the next change.
    public void view(JsonSlice slice) {
        slice.set(bytes, 0, length);
    }

    /// Empties it.
    public void clear() {
        length = 0;
        if (bytes.length > KEPT) {
            bytes = new byte[512];
        }
    }

    /// Hands what it holds to a sink, if anything, and empties it.
    public void drainTo(EventSink sink) {
        if (length > 0) {
            int count = length;
            length = 0;
            sink.write(bytes, 0, count);
            clear();
        }
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            long wanted = Math.max((long) length + more, 2L * bytes.length);
            bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
        }
    }
}
