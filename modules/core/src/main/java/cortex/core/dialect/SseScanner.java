package cortex.core.dialect;

import cortex.core.dialect.sse.EventField;
import cortex.core.dialect.sse.LineCutter;
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
    private static final byte[] TOO_LONG =
            "{\"error\":{\"code\":502,\"message\":\"The engine sent a line that does not end.\"}}"
                    .getBytes(StandardCharsets.US_ASCII);

    private static final Out NOWHERE = (_, _, _) -> {};

    private final boolean usageAsked;
    private final ChunkLine line = new ChunkLine();
    private final LineCutter cutter = new LineCutter(new Lines());
    private Out out = NOWHERE;

    /// The lines in a row that go on, and have not yet.
    private byte[] row = {};

    private int rowFrom;
    private int rowTo;
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
    public void scan(byte[] bytes, int offset, int length, Out to) {
        out = to;
        int end = offset + length;
        int rest = cutter.cut(bytes, offset, end);
        pass();
        if (error == null) {
            cutter.keep(bytes, rest, end);
        }
    }

    /// Takes the end of the stream: a last line without a line break counts too.
    public void end(Out to) {
        out = to;
        cutter.end();
        pass();
    }

    /// How many bytes wait for the end of their line.
    public int held() {
        return cutter.held();
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

    private void pass() {
        if (rowFrom < rowTo) {
            out.write(row, rowFrom, rowTo - rowFrom);
        }
        rowFrom = 0;
        rowTo = 0;
    }

    /// Whether a line stands right behind the row, in the same array.
    @SuppressWarnings("ReferenceEquality")
    private boolean follows(byte[] bytes, int start) {
        return start == rowTo && bytes == row;
    }

    /// Puts the lines that go on into rows, so that a chunk goes on in one piece.
    private final class Lines implements LineCutter.Lines {
        @Override
        public void line(byte[] bytes, int start, int end, int next) {
            if (!goesOn(bytes, start, end)) {
                return;
            }
            if (!follows(bytes, start)) {
                pass();
                row = bytes;
                rowFrom = start;
            }
            rowTo = next;
        }

        @Override
        public void tooLong() {
            dataLines++;
            error = TOO_LONG;
        }
    }

    private boolean goesOn(byte[] bytes, int start, int end) {
        if (error != null) {
            return false;
        }
        EventField field = EventField.of(bytes, start, end);
        if (field == EventField.BLANK) {
            boolean dropped = dropping;
            dropping = false;
            errorNamed = false;
            inEvent = false;
            return !dropped;
        }
        if (dropping || field == EventField.COMMENT) {
            return !dropping;
        }
        int from = field.value(bytes, start, end);
        return field == EventField.DATA ? data(bytes, from, end) : other(field, bytes, from, end);
    }

    private boolean other(EventField field, byte[] bytes, int from, int end) {
        return switch (field) {
            case EVENT -> name(bytes, from, end);
            case ERROR -> {
                dataLines++;
                error = Arrays.copyOfRange(bytes, from, end);
                yield false;
            }
            case ID, RETRY -> {
                inEvent = true;
                yield true;
            }
            case BLANK, COMMENT, DATA, OTHER -> false;
        };
    }

    /// An engine's own events are no chunks: libraries that read them as such fail.
    private boolean name(byte[] bytes, int from, int end) {
        if (EventField.isErrorName(bytes, from, end)) {
            errorNamed = true;
            return false;
        }
        boolean plain = EventField.isPlainName(bytes, from, end);
        inEvent |= plain;
        dropping = !plain && !inEvent;
        return plain;
    }

    private boolean data(byte[] bytes, int from, int end) {
        if (EventField.isDone(bytes, from, end)) {
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
}
