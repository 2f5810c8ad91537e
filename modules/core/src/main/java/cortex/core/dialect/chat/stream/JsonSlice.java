package cortex.core.dialect.chat.stream;

import java.nio.charset.StandardCharsets;
import tools.jackson.databind.json.JsonMapper;

/// The inside of a JSON string, as escaped on the wire, within somebody else's array. One object is
/// used again and again: valid only during the call it is handed to.
public final class JsonSlice {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final byte[] NONE = {};

    private byte[] bytes = NONE;
    private int from;
    private int to;

    /// An empty slice.
    public JsonSlice() {}

    /// A slice that holds a text of its own.
    public static JsonSlice of(String text) {
        JsonSlice slice = new JsonSlice();
        slice.set(text);
        return slice;
    }

    /// Points at other bytes.
    public void set(byte[] source, int start, int end) {
        bytes = source;
        from = start;
        to = end;
    }

    /// Points at a text's escaped form.
    public void set(String text) {
        byte[] quoted = MAPPER.writeValueAsString(text).getBytes(StandardCharsets.UTF_8);
        set(quoted, 1, quoted.length - 1);
    }

    /// Points at nothing.
    public void clear() {
        set(NONE, 0, 0);
    }

    /// Whether there is no text in it.
    public boolean isEmpty() {
        return from >= to;
    }

    /// Length in bytes.
    public int length() {
        return to - from;
    }

    /// Copies it to the end of a buffer.
    public void appendTo(JsonBuffer buffer) {
        buffer.raw(bytes, from, to);
    }

    /// Whether it holds nothing but spaces and line breaks.
    public boolean isBlank() {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\\' && i + 1 < to) {
                i++;
                if (bytes[i] != 'n' && bytes[i] != 'r' && bytes[i] != 't') {
                    return false;
                }
            } else if (bytes[i] != ' ') {
                return false;
            }
        }
        return true;
    }

    /// The text itself.
    public String decode() {
        String quoted = '"' + new String(bytes, from, to - from, StandardCharsets.UTF_8) + '"';
        return MAPPER.readValue(quoted, String.class);
    }

    byte at(int offset) {
        return bytes[from + offset];
    }
}
