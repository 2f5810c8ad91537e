package cortex.core.dialect.chat.stream;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Cuts a stream of server-sent events into their data, wherever the network cut it. Comments and
/// named events are dropped: engines name events of their own that no client knows, but for
/// `error`. Lines that lie whole in what was fed are read in place.
final class SseLines {
    /// The longest line taken: engines send a whole tool call, with a whole file in it, as one.
    static final int MAX_LINE = 16 << 20;

    /// A buffer that once had to hold a whole file is not kept for a stream's rest.
    private static final int KEPT = 64 << 10;

    private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EVENT = "event:".getBytes(StandardCharsets.US_ASCII);

    /// As llama-server wrote errors until 2025.
    private static final byte[] ERROR_FIELD = "error:".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ERROR = "error".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MESSAGE = "message".getBytes(StandardCharsets.US_ASCII);

    private final Lines lines;
    private byte[] part = {};
    private int partLength;
    private Name name = Name.NONE;
    private boolean tooLong;

    private enum Name {
        NONE,
        ERROR,
        FOREIGN
    }

    /// Takes what was found.
    interface Lines {
        /// One event's data; `error` when the event is named so.
        void data(byte[] bytes, int from, int to, boolean error);

        /// The closing `[DONE]`.
        void done();

        /// A line is longer than can be taken; nothing follows.
        void tooLong();
    }

    SseLines(Lines lines) {
        this.lines = lines;
    }

    void feed(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int start = offset;
        int at = lineBreak(bytes, start, end);
        while (at < end && !tooLong) {
            endLine(bytes, start, at);
            start = at + 1;
            at = lineBreak(bytes, start, end);
        }
        if (start < end) {
            keep(bytes, start, end - start);
        }
    }

    private static int lineBreak(byte[] bytes, int from, int end) {
        int i = from;
        while (i < end && bytes[i] != '\n') {
            i++;
        }
        return i;
    }

    /// The stream is over: a last line without a line break counts too.
    void end() {
        if (partLength > 0) {
            endLine(part, 0, 0);
        }
    }

    private void endLine(byte[] bytes, int start, int end) {
        if (partLength == 0) {
            line(bytes, start, end);
            return;
        }
        if (end > start) {
            keep(bytes, start, end - start);
        }
        int length = partLength;
        partLength = 0;
        if (!tooLong) {
            line(part, 0, length);
        }
        if (part.length > KEPT) {
            part = new byte[0];
        }
    }

    /// How many bytes wait for the end of their line.
    int held() {
        return part.length;
    }

    private void keep(byte[] bytes, int start, int length) {
        if (tooLong) {
            return;
        }
        if (length > MAX_LINE - partLength) {
            tooLong = true;
            part = new byte[0];
            lines.tooLong();
            return;
        }
        if (part.length < partLength + length) {
            part = Arrays.copyOf(part, Math.max(partLength + length, part.length * 2));
        }
        System.arraycopy(bytes, start, part, partLength, length);
        partLength += length;
    }

    private void line(byte[] bytes, int start, int lineEnd) {
        int end = lineEnd > start && bytes[lineEnd - 1] == '\r' ? lineEnd - 1 : lineEnd;
        if (end == start) {
            name = Name.NONE;
        } else if (startsWith(bytes, start, end, DATA)) {
            data(bytes, afterSpace(bytes, start + DATA.length, end), end);
        } else if (startsWith(bytes, start, end, EVENT)) {
            name = nameOf(bytes, afterSpace(bytes, start + EVENT.length, end), end);
        } else if (startsWith(bytes, start, end, ERROR_FIELD)) {
            lines.data(bytes, afterSpace(bytes, start + ERROR_FIELD.length, end), end, true);
        }
    }

    private void data(byte[] bytes, int from, int to) {
        if (name == Name.FOREIGN || from == to) {
            return;
        }
        if (is(bytes, from, to, DONE)) {
            lines.done();
        } else {
            lines.data(bytes, from, to, name == Name.ERROR);
        }
    }

    private static Name nameOf(byte[] bytes, int from, int to) {
        if (is(bytes, from, to, ERROR)) {
            return Name.ERROR;
        }
        boolean plain = from == to || is(bytes, from, to, MESSAGE);
        return plain ? Name.NONE : Name.FOREIGN;
    }

    private static int afterSpace(byte[] bytes, int from, int to) {
        return from < to && bytes[from] == ' ' ? from + 1 : from;
    }

    private static boolean is(byte[] bytes, int from, int to, byte[] word) {
        return to - from == word.length && startsWith(bytes, from, to, word);
    }

    private static boolean startsWith(byte[] bytes, int start, int end, byte[] prefix) {
        return end - start >= prefix.length
                && Arrays.equals(bytes, start, start + prefix.length, prefix, 0, prefix.length);
    }
}
