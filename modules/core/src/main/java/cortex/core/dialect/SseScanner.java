package cortex.core.dialect;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Watches one engine's event stream go by, in chunks cut anywhere, and remembers what matters:
/// whether content has come, how many content chunks, how it finished, what it cost, whether it
/// failed. Never changes a byte. Lines that lie whole in a chunk are read in place; only a line cut
/// by a chunk's end is copied, into a buffer that is used again. Not safe for use by many threads.
public final class SseScanner {
    /// A cut line longer than this is not kept: it counts as one content chunk, unread.
    private static final int MAX_LINE = 1 << 18;

    private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    private final ChunkLine line = new ChunkLine();
    private byte[] part = {};
    private int partLength;
    private boolean skipping;
    private boolean inEvent;
    private long dataLines;
    private long contentChunks;
    private boolean done;
    private Usage usage = Usage.NONE;
    private @Nullable String finishReason;
    private byte @Nullable [] error;

    /// A scanner at the start of a stream.
    public SseScanner() {}

    /// Takes the next bytes of the stream.
    public void scan(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int start = offset;
        for (int i = offset; i < end; i++) {
            if (bytes[i] == '\n') {
                endLine(bytes, start, i);
                start = i + 1;
            }
        }
        if (start < end) {
            keep(bytes, start, end - start);
        }
    }

    /// Takes the end of the stream: a last line without a line break counts too.
    public void end() {
        if (partLength > 0) {
            endLine(part, 0, 0);
        }
    }

    /// How many `data:` lines have come, the closing `[DONE]` not counted.
    public long dataLines() {
        return dataLines;
    }

    /// How many data lines carried something for the reader: text, reasoning or a tool call.
    public long contentChunks() {
        return contentChunks;
    }

    /// Whether the stream said that it is complete: a finish reason or `[DONE]`.
    public boolean finished() {
        return done || finishReason != null;
    }

    /// The first choice's finish reason, or null before it came.
    public @Nullable String finishReason() {
        return finishReason;
    }

    /// The token counts told so far.
    public Usage usage() {
        return usage;
    }

    /// The data of the first event that was an error, as JSON in UTF-8, or null.
    public byte @Nullable [] error() {
        return error == null ? null : error.clone();
    }

    /// Whether the stream stands inside an event, so that something of our own cannot follow
    /// without ending it first.
    public boolean inEvent() {
        return inEvent || partLength > 0 || skipping;
    }

    private void endLine(byte[] bytes, int start, int end) {
        if (skipping) {
            skipping = false;
            dataLines++;
            contentChunks++;
            return;
        }
        if (partLength == 0) {
            line(bytes, start, end);
            return;
        }
        if (end > start) {
            keep(bytes, start, end - start);
        }
        int length = partLength;
        partLength = 0;
        if (skipping) {
            endLine(bytes, start, end);
        } else {
            line(part, 0, length);
        }
    }

    private void keep(byte[] bytes, int start, int length) {
        if (skipping) {
            return;
        }
        if (partLength + length > MAX_LINE) {
            skipping = true;
            partLength = 0;
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
        inEvent = end > start && (bytes[start] != ':' || inEvent);
        if (!startsWith(bytes, start, end, DATA)) {
            return;
        }
        int from = start + DATA.length;
        if (from < end && bytes[from] == ' ') {
            from++;
        }
        if (end - from == DONE.length && startsWith(bytes, from, end, DONE)) {
            done = true;
            return;
        }
        dataLines++;
        data(bytes, from, end);
    }

    private void data(byte[] bytes, int from, int end) {
        line.read(bytes, from, end);
        if (line.content()) {
            contentChunks++;
        }
        if (line.error() && error == null) {
            error = Arrays.copyOfRange(bytes, from, end);
        }
        if (line.last()) {
            UsageReader.Reading reading = UsageReader.read(bytes, from, end - from);
            usage = usage.merge(reading.usage());
            if (finishReason == null) {
                finishReason = reading.finishReason();
            }
        }
    }

    private static boolean startsWith(byte[] bytes, int start, int end, byte[] prefix) {
        return end - start >= prefix.length
                && Arrays.equals(bytes, start, start + prefix.length, prefix, 0, prefix.length);
    }
}
