package cortex.core.dialect.anthropic.stream;

import static cortex.core.dialect.chat.stream.JsonBuffer.ascii;

import cortex.core.dialect.anthropic.AnthropicErrors;
import cortex.core.dialect.chat.answer.AnswerWriter;
import cortex.core.dialect.chat.answer.BlockKind;
import cortex.core.dialect.chat.answer.Counts;
import cortex.core.dialect.chat.stream.EventSink;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.failure.Failure;

/// Writes a message as Anthropic's server-sent events, each an `event:` and a `data:` line. Its
/// blocks are numbered from 0 without gaps. What one portion of the engine's stream brings goes to
/// the sink in one piece.
public final class MessageEvents implements AnswerWriter {
    private static final byte[] PING = ascii("event: ping\ndata: {\"type\":\"ping\"}\n\n");
    private static final byte[] START =
            ascii("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":");
    private static final byte[] ROLE =
            ascii(",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
    private static final byte[] EMPTY =
            ascii(",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":");
    private static final byte[] BLOCK_START =
            ascii(
                    "event: content_block_start\n"
                            + "data: {\"type\":\"content_block_start\",\"index\":");
    private static final byte[] TEXT_START =
            ascii(",\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n");
    private static final byte[] THINKING_START =
            ascii(
                    ",\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\","
                            + "\"signature\":\"\"}}\n\n");
    private static final byte[] TOOL_START =
            ascii(",\"content_block\":{\"type\":\"tool_use\",\"id\":");
    private static final byte[] TOOL_NAME = ascii(",\"name\":");
    private static final byte[] TOOL_INPUT = ascii(",\"input\":{}}}\n\n");
    private static final byte[] DELTA =
            ascii(
                    "event: content_block_delta\n"
                            + "data: {\"type\":\"content_block_delta\",\"index\":");
    private static final byte[] TEXT = ascii(",\"delta\":{\"type\":\"text_delta\",\"text\":\"");
    private static final byte[] THINKING =
            ascii(",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"");
    private static final byte[] ARGUMENTS =
            ascii(",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"");
    private static final byte[] DELTA_END = ascii("\"}}\n\n");
    private static final byte[] SIGNATURE =
            ascii(",\"delta\":{\"type\":\"signature_delta\",\"signature\":");
    private static final byte[] BLOCK_STOP =
            ascii(
                    "event: content_block_stop\n"
                            + "data: {\"type\":\"content_block_stop\",\"index\":");
    private static final byte[] MESSAGE_DELTA =
            ascii(
                    "event: message_delta\n"
                            + "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":");
    private static final byte[] NO_SEQUENCE = ascii(",\"stop_sequence\":null");
    private static final byte[] REFUSAL =
            ascii(
                    ",\"stop_details\":{\"type\":\"refusal\",\"category\":null,"
                            + "\"explanation\":null}");
    private static final byte[] USAGE = ascii("},\"usage\":");
    private static final byte[] STOP =
            ascii("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    private static final byte[] ERROR = ascii("event: error\ndata: ");
    private static final byte[] END = ascii("}\n\n");
    private static final byte[] END2 = ascii("}}\n\n");

    private final MessageTerms message;
    private final String requestId;
    private final EventSink sink;
    private final JsonBuffer out = new JsonBuffer();
    private BlockKind kind = BlockKind.TEXT;
    private int index = -1;
    private boolean called;

    /// A writer of one answer to a sink.
    public MessageEvents(MessageTerms message, String requestId, EventSink sink) {
        this.message = message;
        this.requestId = requestId;
        this.sink = sink;
    }

    @Override
    public void start(Counts known) {
        out.raw(START).quoted(message.id()).raw(ROLE).quoted(message.terms().model()).raw(EMPTY);
        MessageUsage.of(known).write(out);
        out.raw(END2);
    }

    @Override
    public void alive() {
        out.raw(PING);
    }

    @Override
    public void open(BlockKind next, String id, String name) {
        if (message.prewarm()) {
            return;
        }
        kind = next;
        index++;
        called |= kind == BlockKind.CALL;
        out.raw(BLOCK_START).number(index);
        switch (kind) {
            case TEXT -> out.raw(TEXT_START);
            case REASONING -> out.raw(THINKING_START);
            case CALL -> out.raw(TOOL_START).quoted(id).raw(TOOL_NAME).quoted(name).raw(TOOL_INPUT);
        }
    }

    @Override
    public void append(JsonSlice more) {
        if (message.prewarm()) {
            return;
        }
        byte[] type =
                switch (kind) {
                    case TEXT -> TEXT;
                    case REASONING -> THINKING;
                    case CALL -> ARGUMENTS;
                };
        out.raw(DELTA).number(index).raw(type).slice(more).raw(DELTA_END);
    }

    @Override
    public void close(boolean whole) {
        if (message.prewarm()) {
            return;
        }
        if (kind == BlockKind.REASONING) {
            out.raw(DELTA).number(index).raw(SIGNATURE).quoted(message.signature(index)).raw(END2);
        }
        out.raw(BLOCK_STOP).number(index).raw(END);
    }

    @Override
    public void end(String finish, Counts counts) {
        StopReason reason = message.stopReason(finish, called);
        out.raw(MESSAGE_DELTA).quoted(reason.word()).raw(NO_SEQUENCE);
        if (reason == StopReason.REFUSAL) {
            out.raw(REFUSAL);
        }
        out.raw(USAGE);
        MessageUsage.of(counts).write(out);
        out.raw(END).raw(STOP);
    }

    @Override
    public void fail(Failure failure, Counts counts) {
        out.raw(ERROR).raw(AnthropicErrors.render(failure, requestId)).raw(ascii("\n\n"));
    }

    @Override
    public String callId(int n) {
        return message.callId(n);
    }

    @Override
    public void flush() {
        out.drainTo(sink);
    }
}
