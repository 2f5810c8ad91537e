package cortex.core.dialect.sse;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What a line of an event stream is, by the field it begins with.
public enum EventField {
    /// The end of an event.
    BLANK(""),
    /// For nobody.
    COMMENT(":"),
    /// The event's data.
    DATA("data:"),
    /// The event's name.
    EVENT("event:"),
    /// The event's number.
    ID("id:"),
    /// How long to wait before asking again.
    RETRY("retry:"),
    /// An error, as llama-server wrote it until 2025.
    ERROR("error:"),
    /// No field of an event.
    OTHER("");

    private static final byte[] DONE = bytes("[DONE]");
    private static final byte[] ERROR_NAME = bytes("error");
    private static final byte[] MESSAGE_NAME = bytes("message");

    private final String prefix;

    EventField(String prefix) {
        this.prefix = prefix;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /// The field of a line that stands from `start` to `end`.
    public static EventField of(byte[] line, int start, int end) {
        if (start == end) {
            return BLANK;
        }
        EventField field =
                switch (line[start]) {
                    case 'd' -> DATA;
                    case ':' -> COMMENT;
                    case 'e' -> end - start > 1 && line[start + 1] == 'v' ? EVENT : ERROR;
                    case 'i' -> ID;
                    case 'r' -> RETRY;
                    default -> OTHER;
                };
        return field.begins(line, start, end) ? field : OTHER;
    }

    private boolean begins(byte[] line, int start, int end) {
        int length = prefix.length();
        int i = 0;
        while (i < length && start + i < end && line[start + i] == prefix.charAt(i)) {
            i++;
        }
        return i == length;
    }

    /// Where the value of this field begins in such a line: one space before it is not part of it.
    public int value(byte[] line, int start, int end) {
        int from = start + prefix.length();
        return from < end && line[from] == ' ' ? from + 1 : from;
    }

    /// Whether data says that the stream is complete.
    public static boolean isDone(byte[] bytes, int from, int to) {
        return is(bytes, from, to, DONE);
    }

    /// Whether a name is that of an error.
    public static boolean isErrorName(byte[] bytes, int from, int to) {
        return is(bytes, from, to, ERROR_NAME);
    }

    /// Whether a name is the one that events have without being told.
    public static boolean isPlainName(byte[] bytes, int from, int to) {
        return from == to || is(bytes, from, to, MESSAGE_NAME);
    }

    private static boolean is(byte[] bytes, int from, int to, byte[] word) {
        return Arrays.equals(bytes, from, to, word, 0, word.length);
    }
}
