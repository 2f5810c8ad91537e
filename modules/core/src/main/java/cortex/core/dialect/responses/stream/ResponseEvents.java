package cortex.core.dialect.responses.stream;

import cortex.core.dialect.chat.answer.AnswerWriter;
import cortex.core.dialect.chat.answer.BlockKind;
import cortex.core.dialect.chat.answer.Counts;
import cortex.core.dialect.chat.answer.Gathered;
import cortex.core.dialect.chat.stream.EventSink;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.dialect.responses.stream.ResponseObject.State;
import cortex.core.failure.Failure;
import java.util.ArrayList;
import java.util.List;

/// Writes a response's events, each an `event:` and a `data:` line with a number that rises by one.
/// What one portion of the engine's stream brings goes to the sink in one piece. Once the answer
/// has begun there is always exactly one terminal event, since Codex takes a stream without one for
/// broken.
public final class ResponseEvents implements AnswerWriter {
    private static final byte[] TEXT = head("response.output_text.delta");
    private static final byte[] REASONING = head("response.reasoning_text.delta");
    private static final byte[] ARGUMENTS = head("response.function_call_arguments.delta");
    private static final byte[] PART_DELTA = JsonBuffer.ascii(",\"content_index\":0,\"delta\":\"");
    private static final byte[] DELTA = JsonBuffer.ascii(",\"delta\":\"");
    private static final byte[] END = JsonBuffer.ascii("}\n\n");
    private static final byte[] QUOTE = JsonBuffer.ascii("\"");
    private static final byte[] NO_LOGPROBS = JsonBuffer.ascii("\",\"logprobs\":[]");

    /// What goes out before more is added.
    private static final int SPILL = 64 << 10;

    private final ResponseTerms response;
    private final ResponseObject object;
    private final Numbers numbers;
    private final EventSink sink;
    private final JsonBuffer out = new JsonBuffer();
    private final Gathered gathered = new Gathered();
    private final List<Item> items = new ArrayList<>();

    /// A writer of one try's response to a sink; `numbers` are those of all tries.
    public ResponseEvents(ResponseTerms response, Numbers numbers, EventSink sink) {
        this.response = response;
        this.object = new ResponseObject(response);
        this.numbers = numbers;
        this.sink = sink;
    }

    /// Counts the events of one request, from 0.
    public static final class Numbers {
        private long next;

        /// Nothing counted.
        public Numbers() {}
    }

    @Override
    public void start(Counts known) {
        // An agent's settings hold all its tools, and go out twice.
        out.reserve(2 * object.emptySize());
        response("created", State.IN_PROGRESS);
        alive();
    }

    /// Writes an event for a sign of life. Clients count it, as they do not count comments; all of
    /// them know it, and take it as often as it comes. Libraries take what it holds for all there
    /// is, so it holds every item as far as it has come.
    @Override
    public void alive() {
        response("in_progress", State.IN_PROGRESS);
    }

    @Override
    public void open(BlockKind kind, String id, String name) {
        Item item = new Item(response, gathered.open(kind, id, name), items.size());
        items.add(item);
        added(item);
    }

    @Override
    public void append(JsonSlice more) {
        gathered.append(more);
        delta(items.getLast(), more);
    }

    @Override
    public void close(boolean whole) {
        gathered.close(whole);
        done(items.getLast());
    }

    @Override
    public void end(String finish, Counts counts) {
        State state = State.ended(finish, counts);
        response(state.status(), state);
    }

    /// Leaves an open item incomplete without declaring it done; an open call goes, since an agent
    /// would run it.
    @Override
    public void fail(Failure failure, Counts counts) {
        if (!items.isEmpty() && items.getLast().open()) {
            items.getLast().abandon();
            if (items.getLast().isCall()) {
                items.removeLast();
            }
        }
        response("failed", State.failed(failure, counts));
    }

    @Override
    public String callId(int n) {
        return response.callId(n);
    }

    /// All that was said is held.
    @Override
    public long held() {
        return gathered.held();
    }

    @Override
    public void flush() {
        out.drainTo(sink);
    }

    /// `response.created`, `response.in_progress`, or the terminal event named after its status.
    private void response(String event, State state) {
        begin("response." + event).raw(JsonBuffer.ascii(",\"response\":"));
        object.write(out, state, items);
        out.raw(END);
    }

    private void added(Item item) {
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

    private void delta(Item item, JsonSlice text) {
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
    private void done(Item item) {
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

    private JsonBuffer begin(String type) {
        return begin(head(type));
    }

    private JsonBuffer begin(byte[] head) {
        return out.raw(head).number(numbers.next++);
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
}
