package cortex.core.dialect.responses.stream;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.answer.Counts;
import cortex.core.dialect.chat.stream.EventSink;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.failure.Failure;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Writes a response's events, each an `event:` and a `data:` line with a number that rises by one.
/// What one portion of the engine's stream brings goes to the sink in one piece. One writer serves
/// all tries of a request, so that the numbers go on.
public final class ResponseEvents {
    private static final byte[] TEXT = head("response.output_text.delta");
    private static final byte[] REASONING = head("response.reasoning_text.delta");
    private static final byte[] ARGUMENTS = head("response.function_call_arguments.delta");
    private static final byte[] PART_DELTA = JsonBuffer.ascii(",\"content_index\":0,\"delta\":\"");
    private static final byte[] DELTA = JsonBuffer.ascii(",\"delta\":\"");
    private static final byte[] END = JsonBuffer.ascii("}\n\n");
    private static final byte[] QUOTE = JsonBuffer.ascii("\"");
    private static final byte[] NO_LOGPROBS = JsonBuffer.ascii("\",\"logprobs\":[]");

    private static final int EMPTY_OBJECT = 2;

    /// What goes out before more is added.
    private static final int SPILL = 64 << 10;

    /// What a response that has just begun has besides the settings it repeats, about.
    private static final int OWN = 512;

    private final Reply reply;
    private final EventSink sink;
    private final JsonBuffer out = new JsonBuffer();
    private final byte[] model;
    private final byte[] echo;
    private long sequence;

    /// A writer of one response to a sink.
    public ResponseEvents(Reply reply, EventSink sink) {
        this.reply = reply;
        this.sink = sink;
        this.model = ChatJson.bytes(ChatJson.NODES.stringNode(reply.terms().model()));
        this.echo = ChatJson.bytes(reply.echo());
    }

    /// How a response stands: its status, why it is incomplete or failed, and its tokens.
    record State(
            String status,
            @Nullable String incomplete,
            @Nullable Failure failure,
            @Nullable Counts usage) {
        static final State IN_PROGRESS = new State("in_progress", null, null, null);
    }

    /// The answer begins.
    void created() {
        // An agent's settings hold all its tools, and go out twice.
        out.reserve(2 * (echo.length + OWN));
        response("created", State.IN_PROGRESS, List.of());
        alive(List.of());
    }

    /// The answer goes on. Libraries take what this event holds for all there is, so it holds every
    /// item as far as it has come.
    void alive(List<Item> items) {
        response("in_progress", State.IN_PROGRESS, items);
    }

    /// `response.created`, `response.in_progress`, or the terminal event named after its status.
    void response(String event, State state, List<Item> items) {
        begin("response." + event).raw(JsonBuffer.ascii(",\"response\":"));
        write(out, state, items);
        out.raw(END);
    }

    /// The response as one object.
    byte[] whole(State state, List<Item> items) {
        JsonBuffer whole = new JsonBuffer();
        write(whole, state, items);
        return whole.toBytes();
    }

    void added(Item item) {
        begin("response.output_item.added");
        item(item, true);
        if (!item.isCall()) {
            part("added", item);
            out.raw(END);
        }
    }

    /// Libraries put a delta into a part that they were told of before, of reasoning too.
    private void part(String what, Item item) {
        begin("response.content_part." + what).raw(item.place());
        out.raw(JsonBuffer.ascii(",\"content_index\":0,\"part\":"));
        item.part(out, what.equals("added"));
    }

    void delta(Item item, JsonSlice text) {
        switch (item.kind()) {
            case MESSAGE -> {
                begin(TEXT).raw(item.place()).raw(PART_DELTA).slice(text).raw(NO_LOGPROBS);
            }
            case REASONING -> {
                begin(REASONING).raw(item.place()).raw(PART_DELTA).slice(text).raw(QUOTE);
            }
            case FUNCTION -> {
                begin(ARGUMENTS).raw(item.place()).raw(DELTA).slice(text).raw(QUOTE);
            }
            case CUSTOM -> {
                return; // its text stands inside JSON that has to be whole before it can be read
            }
        }
        out.raw(END);
    }

    /// Says three times what an item holds, so that what is long goes out each time.
    void done(Item item) {
        switch (item.kind()) {
            case MESSAGE -> {
                gathered("response.output_text.done", item, ",\"content_index\":0,\"text\":\"");
                out.raw(NO_LOGPROBS).raw(END);
                spill();
                part("done", item);
            }
            case REASONING -> {
                gathered("response.reasoning_text.done", item, ",\"content_index\":0,\"text\":\"");
                out.raw(QUOTE).raw(END);
                spill();
                part("done", item);
            }
            case FUNCTION -> {
                gathered("response.function_call_arguments.done", item, ",\"arguments\":\"");
                out.raw(JsonBuffer.ascii("\",\"name\":")).quoted(item.name());
            }
            case CUSTOM -> {
                gathered("response.custom_tool_call_input.delta", item, ",\"delta\":\"");
                out.raw(QUOTE).raw(END);
                spill();
                gathered("response.custom_tool_call_input.done", item, ",\"input\":\"");
                out.raw(QUOTE);
            }
        }
        out.raw(END);
        spill();
        begin("response.output_item.done");
        item(item, false);
        spill();
    }

    private void spill() {
        if (out.length() > SPILL) {
            flush();
        }
    }

    void flush() {
        out.drainTo(sink);
    }

    private JsonBuffer begin(String type) {
        return begin(head(type));
    }

    private JsonBuffer begin(byte[] head) {
        return out.raw(head).number(sequence++);
    }

    /// What an event of this type begins with, up to its number.
    private static byte[] head(String type) {
        return JsonBuffer.ascii(
                "event: " + type + "\ndata: {\"type\":\"" + type + "\",\"sequence_number\":");
    }

    private void gathered(String type, Item item, String field) {
        item.content(begin(type).raw(item.place()).raw(JsonBuffer.ascii(field)));
    }

    private void item(Item item, boolean added) {
        out.raw(JsonBuffer.ascii(",\"output_index\":")).number(item.index());
        item.write(out.raw(JsonBuffer.ascii(",\"item\":")), added);
        out.raw(END);
    }

    private void write(JsonBuffer to, State state, List<Item> items) {
        to.raw(JsonBuffer.ascii("{\"id\":\"" + reply.birth().id() + "\",\"object\":\"response\""));
        to.raw(JsonBuffer.ascii(",\"created_at\":")).number(reply.birth().epochSecond());
        to.raw(JsonBuffer.ascii(",\"status\":\"" + state.status() + "\",\"background\":false"));
        to.raw(JsonBuffer.ascii(",\"error\":")).raw(error(state.failure()));
        String why = state.incomplete();
        String details = why == null ? "null" : "{\"reason\":\"" + why + "\"}";
        to.raw(JsonBuffer.ascii(",\"incomplete_details\":" + details));
        to.raw(JsonBuffer.ascii(",\"model\":")).raw(model);
        to.raw(JsonBuffer.ascii(",\"output\":["));
        for (int i = 0; i < items.size(); i++) {
            to.raw(JsonBuffer.ascii(i > 0 ? "," : ""));
            items.get(i).write(to, items.get(i).untold());
        }
        to.raw(JsonBuffer.ascii("],\"previous_response_id\":null,\"usage\":"));
        usage(to, state.usage());
        // The settings' object ends this one, without its opening brace.
        if (echo.length > EMPTY_OBJECT) {
            to.reserve(echo.length + END.length);
            to.raw(JsonBuffer.ascii(",")).raw(echo, 1, echo.length);
        } else {
            to.raw(JsonBuffer.ascii("}"));
        }
    }

    private static byte[] error(@Nullable Failure failure) {
        if (failure == null) {
            return JsonBuffer.ascii("null");
        }
        ObjectNode error = ChatJson.object().put("code", code(failure));
        Duration wait = failure.retryAfter();
        // Codex reads how long to wait out of the sentence.
        String hint = wait == null ? "" : " Please try again in " + wait.toSeconds() + "s.";
        return ChatJson.bytes(error.put("message", failure.message() + hint));
    }

    private static String code(Failure failure) {
        return switch (failure) {
            case Failure.ContextOverflow _ -> "context_length_exceeded";
            case Failure.Overloaded _, Failure.NoCapacity _, Failure.StillLoading _ ->
                    "rate_limit_exceeded";
            case Failure.LoadFailed _, Failure.ShuttingDown _ -> "rate_limit_exceeded";
            // Codex asks again for whatever else it reads here.
            default -> failure.status() < 500 ? "invalid_prompt" : "server_error";
        };
    }

    /// Appends tokens as this API counts them: the cached ones are among the input's.
    private static void usage(JsonBuffer out, @Nullable Counts counts) {
        if (counts == null) {
            out.raw(JsonBuffer.ascii("null"));
            return;
        }
        Long reasoning = counts.reasoning();
        out.raw(JsonBuffer.ascii("{\"input_tokens\":")).number(counts.prompt());
        out.raw(JsonBuffer.ascii(",\"input_tokens_details\":{\"cached_tokens\":"));
        out.number(counts.cached());
        // No engine tells what it wrote to its cache; the SDKs want the number there.
        out.raw(JsonBuffer.ascii(",\"cache_write_tokens\":0},\"output_tokens\":"));
        out.number(counts.output());
        out.raw(JsonBuffer.ascii(",\"output_tokens_details\":{\"reasoning_tokens\":"));
        out.number(reasoning == null ? 0 : reasoning);
        out.raw(JsonBuffer.ascii("},\"total_tokens\":"));
        out.number(counts.prompt() + counts.output()).raw(JsonBuffer.ascii("}"));
    }
}
