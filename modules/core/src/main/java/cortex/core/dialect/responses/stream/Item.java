package cortex.core.dialect.responses.stream;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.answer.Block;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.dialect.responses.request.ToolNames.Origin;
import tools.jackson.databind.JsonNode;

/// One item of the output, which stands for a block of the answer: its JSON while the block is open
/// and afterwards.
final class Item {
    private static final byte[] END = JsonBuffer.ascii("\"}");
    private static final byte[] MESSAGE_END =
            JsonBuffer.ascii("\",\"annotations\":[],\"logprobs\":[]}");

    private final Block block;
    private final Kind kind;
    private final String id;
    private final byte[] place;
    private final int index;
    private final Origin origin;
    private boolean abandoned;

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

    /// The item number `index` of a response.
    Item(ResponseTerms response, Block block, int index) {
        this.block = block;
        this.index = index;
        this.origin = response.tools().of(block.name());
        this.kind =
                switch (block.kind()) {
                    case TEXT -> Kind.MESSAGE;
                    case REASONING -> Kind.REASONING;
                    case CALL -> origin.custom() ? Kind.CUSTOM : Kind.FUNCTION;
                };
        this.id = response.itemId(kind.prefix, index);
        this.place = JsonBuffer.ascii(",\"item_id\":\"" + id + "\",\"output_index\":" + index);
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

    /// Whether more may come.
    boolean open() {
        return block.open();
    }

    /// Notes that the answer broke off in this item, which stays incomplete.
    void abandon() {
        abandoned = true;
    }

    private String status() {
        if (block.open() && !abandoned) {
            return "in_progress";
        }
        return block.whole() ? "completed" : "incomplete";
    }

    /// Appends what has been gathered, escaped: text, arguments, or a custom tool's input.
    void content(JsonBuffer out) {
        if (kind == Kind.CUSTOM) {
            JsonSlice.of(input()).appendTo(out);
            return;
        }
        if (kind == Kind.FUNCTION && block.isEmpty() && !block.open()) {
            out.raw(JsonBuffer.ascii("{}"));
            return;
        }
        block.writeContent(out);
    }

    /// Whether nothing of its content can be told yet: a custom tool's input stands inside JSON
    /// that has to be whole before it can be read.
    boolean untold() {
        return kind == Kind.CUSTOM && block.open();
    }

    /// The free text that a custom tool is called with: what the model put under `input`, or all of
    /// it when it did otherwise.
    private String input() {
        String arguments = block.text();
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
        out.raw(JsonBuffer.ascii(",\"call_id\":")).quoted(block.id());
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
        out.raw(JsonBuffer.ascii(",\"status\":\"" + status() + "\""));
    }
}
