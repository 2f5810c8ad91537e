package cortex.core.dialect.sse;

import java.util.Arrays;

/// Cuts a stream into its lines, wherever the network cut it. A line that lies whole in what was
/// fed is read in place; the beginning of one that does not is copied, and waits for its end in a
/// buffer that is used again. Not safe for use by many threads.
public final class LineCutter {
    /// The longest line taken: engines send a whole tool call, with a whole file in it, as one.
    public static final int MAX_LINE = 16 << 20;

    /// A buffer that once had to hold a whole file is not kept for a stream's rest.
    private static final int KEPT = 64 << 10;

    private final Lines lines;
    private byte[] part = {};
    private int partLength;
    private boolean tooLong;

    /// Takes the lines.
    public interface Lines {
        /// One line, from `start` to `end` without its line break; the next begins at `next`.
        void line(byte[] bytes, int start, int end, int next);

        /// A line is longer than can be taken; nothing follows.
        void tooLong();
    }

    /// A cutter at the start of a stream.
    public LineCutter(Lines lines) {
        this.lines = lines;
    }

    /// Takes the stream's next bytes and hands on the lines that end in them. Returns where a line
    /// begins that does not, else `to`; its bytes are for {@link #keep}, once what was handed on is
    /// done with.
    public int cut(byte[] bytes, int from, int to) {
        int start = partLength > 0 ? endPart(bytes, from, to) : from;
        if (tooLong) {
            return to;
        }
        if (partLength > 0) {
            return from;
        }
        int at = lineBreak(bytes, start, to);
        while (at < to) {
            line(bytes, start, at, at + 1);
            start = at + 1;
            at = lineBreak(bytes, start, to);
        }
        return start;
    }

    private static int lineBreak(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && bytes[i] != '\n') {
            i++;
        }
        return i;
    }

    /// Keeps a line's bytes until its end comes.
    public void keep(byte[] bytes, int from, int to) {
        int length = to - from;
        if (length == 0 || tooLong) {
            return;
        }
        if (length > MAX_LINE - partLength) {
            tooLong = true;
            partLength = 0;
            part = new byte[0];
            lines.tooLong();
            return;
        }
        if (part.length < partLength + length) {
            part = Arrays.copyOf(part, Math.max(partLength + length, part.length * 2));
        }
        System.arraycopy(bytes, from, part, partLength, length);
        partLength += length;
    }

    /// Takes the stream's end: a last line without a line break counts too.
    public void end() {
        int length = partLength;
        partLength = 0;
        if (length > 0) {
            line(part, 0, length, length);
        }
    }

    /// How many bytes wait for the end of their line.
    public int held() {
        return part.length;
    }

    /// Takes the rest of the line that waits; where the next one begins.
    private int endPart(byte[] bytes, int from, int to) {
        int i = lineBreak(bytes, from, to);
        if (i == to) {
            return from;
        }
        keep(bytes, from, i + 1);
        int length = partLength;
        partLength = 0;
        if (length > 0) {
            line(part, 0, length - 1, length);
        }
        if (part.length > KEPT) {
            part = new byte[0];
        }
        return i + 1;
    }

    private void line(byte[] bytes, int start, int lineEnd, int next) {
        boolean carriageReturn = lineEnd > start && bytes[lineEnd - 1] == '\r';
        lines.line(bytes, start, carriageReturn ? lineEnd - 1 : lineEnd, next);
    }
}
