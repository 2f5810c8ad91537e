package cortex.core.dialect.responses.stream;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.stream.ArgumentsTracker;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.dialect.responses.request.ToolNames.Origin;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/// One item of the output while it comes about: what has been gathered of it, and its JSON in every
/// state. The text is kept as it stood inside the engine's JSON strings.
final class Item {
    private static final byte[] END = JsonBuffer.ascii("\"}");
    private static final byte[] MESSAGE_END =
            JsonBuffer.ascii("\",\"annotations\":[],\"logprobs\":[]}");
    private static final String OPEN = "in_progress";

    private final Kind kind;
    private final String id;
    private final byte[] place;
    private final int index;
    private final String callId;
    private final Origin origin;
    private final JsonBuffer text = new JsonBuffer();
    private final ArgumentsTracker tracker = new ArgumentsTracker();
    private String status = OPEN;

    /// The kinds of item, with the prefix of their ids.
    enum Kind {
        MESSAGE("msg"),
        REASONING("rs"),
        FUNCTION("fc"),
        CUSTOM("ctc");

        private final String prefix;

        Kind(String prefix) {
            this.prefix = prefix;
        }
    }

    private Item(Reply reply, Kind kind, int index, String callId, Origin origin) {
        this.kind = kind;
        this.id = reply.itemId(kind.prefix, index);
        this.place = JsonBuffer.ascii(",\"item_id\":\"" + id + "\",\"output_index\":" + index);
        this.index = index;
        this.callId = callId;
        this.origin = origin;
    }

    static Item words(Reply reply, Kind kind, int index) {
        return new Item(reply, kind, index, "", new Origin(false, "", null));
    }

    static Item call(Reply reply, int index, String callId, Origin origin) {
        Kind kind = origin.custom() ? Kind.CUSTOM : Kind.FUNCTION;
        return new Item(reply, kind, index, callId, origin);
    }

    Kind kind() {
        return kind;
    }

    /// The fields that say which item an event is about.
    byte[] place() {
        return place;
    }

    int index() {
        return index;
    }

    String name() {
        return origin.name();
    }

    boolean isCall() {
        return kind == Kind.FUNCTION || kind == Kind.CUSTOM;
    }

    boolean isEmpty() {
        return text.isEmpty();
    }

    void append(JsonSlice more) {
        text.slice(more);
        if (isCall()) {
            tracker.feed(more);
        }
    }

    /// Whether a call's arguments are a whole object, or nothing at all.
    boolean whole() {
        return tracker.complete() || !tracker.begun();
    }

    boolean complete() {
        return tracker.complete();
    }

    void status(String now) {
        status = now;
    }

    /// Appends what has been gathered, escaped: text, arguments, or a custom tool's input.
    void content(JsonBuffer out) {
        if (kind == Kind.CUSTOM) {
            JsonSlice.of(input()).appendTo(out);
            return;
        }
        if (kind == Kind.FUNCTION && text.isEmpty() && !status.equals(OPEN)) {
            out.raw(JsonBuffer.ascii("{}"));
            return;
        }
        JsonSlice view = new JsonSlice();
        text.view(view);
        out.slice(view);
    }

    /// Whether nothing of its content can be told yet: a custom tool's input stands inside JSON
    /// that has to be whole before it can be read.
    boolean untold() {
        return kind == Kind.CUSTOM && status.equals(OPEN);
    }

    /// The free text that a custom tool is called with: what the model put under `input`, or all of
    /// it when it did otherwise.
    private String input() {
        String quoted = '"' + new String(text.toBytes(), StandardCharsets.UTF_8) + '"';
        JsonNode decoded = ChatJson.parse(quoted);
        String arguments = decoded == null ? "" : decoded.asString("");
        JsonNode parsed = ChatJson.parse(arguments);
        String input = parsed == null ? null : ChatJson.string(parsed, "input");
        return input == null ? arguments : input;
    }

    /// Appends the item's JSON; without what has been gathered when it has just been added.
    void write(JsonBuffer out, boolean added) {
        out.raw(JsonBuffer.ascii("{\"id\":\"" + id + "\",\"type\":"));
        switch (kind) {
            case MESSAGE -> {
                status(out.raw(JsonBuffer.ascii("\"message\"")));
                out.raw(JsonBuffer.ascii(",\"role\":\"assistant\",\"content\":["));
                if (!added) {
                    part(out, false);
                }
                out.raw(JsonBuffer.ascii("]}"));
            }
            case REASONING -> {
                status(out.raw(JsonBuffer.ascii("\"reasoning\"")));
                out.raw(JsonBuffer.ascii(",\"summary\":[],\"content\":["));
                if (!added) {
                    part(out, false);
                }
                out.raw(JsonBuffer.ascii("],\"encrypted_content\":null}"));
            }
            case FUNCTION -> call(out, "function_call", "arguments", added);
            case CUSTOM -> call(out, "custom_tool_call", "input", added);
        }
    }

    /// Appends the one part of a message or of reasoning; empty when it has just been added.
    void part(JsonBuffer out, boolean added) {
        String type = kind == Kind.MESSAGE ? "output_text" : "reasoning_text";
        out.raw(JsonBuffer.ascii("{\"type\":\"" + type + "\",\"text\":\""));
        if (!added) {
            content(out);
        }
        out.raw(kind == Kind.MESSAGE ? MESSAGE_END : END);
    }

    private void call(JsonBuffer out, String type, String field, boolean added) {
        status(out.raw(JsonBuffer.ascii("\"" + type + "\"")));
        out.raw(JsonBuffer.ascii(",\"call_id\":")).quoted(callId);
        out.raw(JsonBuffer.ascii(",\"name\":")).quoted(origin.name());
        String namespace = origin.namespace();
        if (namespace != null) {
            out.raw(JsonBuffer.ascii(",\"namespace\":")).quoted(namespace);
        }
        out.raw(JsonBuffer.ascii(",\"" + field + "\":\""));
        if (!added) {
            content(out);
        }
        out.raw(END);
    }

    private void status(JsonBuffer out) {
        out.raw(JsonBuffer.ascii(",\"status\":\"" + status + "\""));
    }
}
