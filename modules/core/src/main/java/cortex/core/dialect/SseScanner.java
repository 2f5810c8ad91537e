package cortex.core.dialect;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Watches one engine's event stream go by, in chunks cut anywhere, and remembers what matters:
/// whether content has come, how many content chunks, how it finished, what it cost, whether it
/// failed. Whole lines go on as they came, byte for byte and with their chunk in one piece, but for
/// what no client may see: events that an engine has named itself, lines that are no fields of
/// events, an error in its own form (and all after it), and a chunk that only tells usage to a
/// client that did not ask. Nothing goes on that was not looked at. Lines that lie whole in a chunk
/// are read in place; only a line cut by a chunk's end is copied, and waits for its end in a buffer
/// that is used again. Not safe for use by many threads.
public final class SseScanner {
    /// The longest line taken: engines send a whole tool call, with a whole file in it, as one. A
    /// longer one is an error.
    private static final int MAX_LINE = 16 << 20;

    /// A buffer that once had to hold a whole file is not kept for a stream's rest.
    private static final int KEPT = 64 << 10;

    private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EVENT = "event:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ID = "id:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] RETRY = "retry:".getBytes(StandardCharsets.US_ASCII);

    /// As llama-server wrote errors until 2025.
    private static final byte[] ERROR_FIELD = "error:".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] TOO_LONG =
            "{\"error\":{\"code\":502,\"message\":\"The engine sent a line that does not end.\"}}"
                    .getBytes(StandardCharsets.US_ASCII);

    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ERROR = "error".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MESSAGE = "message".getBytes(StandardCharsets.US_ASCII);

    private final boolean usageAsked;
    private final ChunkLine line = new ChunkLine();
    private byte[] part = {};
    private int partLength;
    private boolean inEvent;
    private boolean dropping;
    private boolean errorNamed;
    private long dataLines;
    private long contentChunks;
    private boolean done;
    private Usage usage = Usage.NONE;
    private @Nullable String finishReason;
    private byte @Nullable [] error;

    /// Where the stream goes on to.
    @FunctionalInterface
    public interface Out {
        /// Takes whole lines; the array is used again.
        void write(byte[] bytes, int offset, int length);
    }

    /// A scanner at the start of a stream; `usageAsked` says whether the client wants a chunk of
    /// its own that tells usage.
    public SseScanner(boolean usageAsked) {
        this.usageAsked = usageAsked;
    }

    /// Takes the next bytes of the stream, and hands on what is complete of them.
    public void scan(byte[] bytes, int offset, int length, Out out) {
        int end = offset + length;
        int start = partLength > 0 ? goOn(bytes, offset, end, out) : offset;
        int kept = start;
        for (int i = start; i < end; i++) {
            if (bytes[i] == '\n') {
                if (!line(bytes, start, i)) {
                    pass(bytes, kept, start, out);
                    kept = i + 1;
                }
                start = i + 1;
            }
        }
        pass(bytes, kept, start, out);
        if (start < end) {
            hold(bytes, start, end);
        }
    }

    /// Takes the end of the stream: a last line without a line break counts too.
    public void end(Out out) {
        int length = partLength;
        partLength = 0;
        if (length > 0 && line(part, 0, length)) {
            pass(part, 0, length, out);
        }
    }

    /// How many bytes wait for the end of their line.
    public int held() {
        return part.length;
    }

    /// How many `data:` lines have come, the closing `[DONE]` and named events not counted.
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

    /// Whether nothing that may still come counts: the stream has said `[DONE]`, to the end of the
    /// event, or an error.
    public boolean over() {
        return (done && !inEvent) || error != null;
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

    /// Whether what was handed on ends inside an event, so that something of our own cannot follow
    /// without ending it first.
    public boolean inEvent() {
        return inEvent;
    }

    /// Takes the rest of a line that began in an earlier chunk; where the next one begins.
    private int goOn(byte[] bytes, int from, int end, Out out) {
        int i = from;
        while (i < end && bytes[i] != '\n') {
            i++;
        }
        if (i == end) {
            hold(bytes, from, end);
            return end;
        }
        hold(bytes, from, i + 1);
        int length = partLength;
        partLength = 0;
        if (length > 0 && line(part, 0, length - 1)) {
            pass(part, 0, length, out);
        }
        if (part.length > KEPT) {
            part = new byte[0];
        }
        return i + 1;
    }

    private void hold(byte[] bytes, int from, int to) {
        int length = to - from;
        if (partLength + length > MAX_LINE && error == null) {
            dataLines++;
            error = TOO_LONG;
        }
        if (error != null) {
            partLength = 0;
            part = new byte[0];
            return;
        }
        if (part.length < partLength + length) {
            part = Arrays.copyOf(part, Math.max(partLength + length, part.length * 2));
        }
        System.arraycopy(bytes, from, part, partLength, length);
        partLength += length;
    }

    private static void pass(byte[] bytes, int from, int to, Out out) {
        if (from < to) {
            out.write(bytes, from, to - from);
        }
    }

    /// Reads one line, without its line break; whether it goes on.
    private boolean line(byte[] bytes, int start, int lineEnd) {
        int end = lineEnd > start && bytes[lineEnd - 1] == '\r' ? lineEnd - 1 : lineEnd;
        if (error != null) {
            return false;
        }
        if (end == start) {
            boolean dropped = dropping;
            dropping = false;
            errorNamed = false;
            inEvent = false;
            return !dropped;
        }
        if (dropping || bytes[start] == ':') {
            return !dropping;
        }
        if (startsWith(bytes, start, end, DATA)) {
            int from = start + DATA.length;
            return data(bytes, from < end && bytes[from] == ' ' ? from + 1 : from, end);
        }
        if (startsWith(bytes, start, end, EVENT)) {
            return name(bytes, start + EVENT.length, end);
        }
        if (startsWith(bytes, start, end, ERROR_FIELD)) {
            dataLines++;
            error = Arrays.copyOfRange(bytes, start + ERROR_FIELD.length, end);
            return false;
        }
        boolean field = startsWith(bytes, start, end, ID) || startsWith(bytes, start, end, RETRY);
        inEvent |= field;
        return field;
    }

    /// An engine's own events are no chunks: libraries that read them as such fail.
    private boolean name(byte[] bytes, int start, int end) {
        int from = start < end && bytes[start] == ' ' ? start + 1 : start;
        if (is(bytes, from, end, ERROR)) {
            errorNamed = true;
            return false;
        }
        boolean plain = from == end || is(bytes, from, end, MESSAGE);
        inEvent |= plain;
        dropping = !plain && !inEvent;
        return plain;
    }

    private boolean data(byte[] bytes, int from, int end) {
        if (is(bytes, from, end, DONE)) {
            done = true;
            inEvent = true;
            return true;
        }
        dataLines++;
        line.read(bytes, from, end);
        if (line.error() || errorNamed) {
            error = Arrays.copyOfRange(bytes, from, end);
            return false;
        }
        if (line.content()) {
            contentChunks++;
        }
        if (line.last()) {
            UsageReader.Reading reading = UsageReader.read(bytes, from, end - from);
            usage = usage.merge(reading.usage());
            if (finishReason == null) {
                finishReason = reading.finishReason();
            }
        }
        if (line.noChoices() && line.last() && !usageAsked) {
            dropping = !inEvent;
            return false;
        }
        inEvent = true;
        return true;
    }

    private static boolean is(byte[] bytes, int start, int end, byte[] word) {
        return end - start == word.length && startsWith(bytes, start, end, word);
    }

    private static boolean startsWith(byte[] bytes, int start, int end, byte[] prefix) {
        return end - start >= prefix.length
                && Arrays.equals(bytes, start, start + prefix.length, prefix, 0, prefix.length);
    }
}
