package cortex.core.dialect.responses.request;

import cortex.core.dialect.Interrupts;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Conversation;
import cortex.core.dialect.chat.Images;
import cortex.core.dialect.chat.Texts;
import cortex.core.dialect.chat.Turn;
import cortex.core.dialect.chat.Turn.Image;
import cortex.core.dialect.chat.Turn.Part;
import cortex.core.dialect.chat.Turn.Text;
import cortex.core.dialect.chat.Turn.ToolCall;
import cortex.core.dialect.chat.Turn.ToolResult;
import cortex.core.dialect.chat.tool.ToolArguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// Reads `input` into turns. Items that mean nothing to an engine are dropped and remembered;
/// engines refuse a whole request for one they do not know.
final class Items {
    private static final String INPUT = "input";

    private final Images images;
    private final List<Turn> turns = new ArrayList<>();
    private final Set<String> dropped = new TreeSet<>();

    /// Whether the user has just sent it: then what the model cannot be shown is refused, while in
    /// history that would end the conversation for good.
    private boolean fresh;

    private Items(Images images) {
        this.images = images;
    }

    /// The turns, and the types of the items and parts that were dropped.
    record Read(List<Turn> turns, Set<String> dropped) {}

    /// Reads a text, or a list of items.
    static Read read(JsonNode input, Images images) {
        Items reader = new Items(images);
        if (input.isString()) {
            reader.user(List.of(new Text(input.asString())));
        } else if (input.isArray()) {
            int last = Conversation.lastSaid(input);
            for (int i = 0; i < input.size(); i++) {
                Interrupts.check();
                reader.fresh = i == last;
                reader.item(input.path(i), i);
            }
        } else {
            throw ChatJson.bad("input: must be a string or an array of items", INPUT);
        }
        return new Read(reader.turns, reader.dropped);
    }

    private void item(JsonNode item, int place) {
        String where = "input[" + place + "]";
        String type = ChatJson.stringOrEmpty(item, "type");
        switch (type) {
            case "message", "" -> message(item, place, where);
            case "function_call" ->
                    call(
                            item,
                            ToolArguments.repaired(ChatJson.stringOrEmpty(item, "arguments")),
                            where);
            case "custom_tool_call" -> {
                String text = ChatJson.stringOrEmpty(item, INPUT);
                call(item, ChatJson.text(ChatJson.object().put(INPUT, text)), where);
            }
            case "function_call_output", "custom_tool_call_output" -> output(item, where);
            case "reasoning" -> reasoning(item);
            default -> dropped.add(type);
        }
    }

    private void message(JsonNode item, int place, String where) {
        JsonNode content = item.path("content");
        if (!content.isString() && !content.isArray()) {
            throw ChatJson.bad(where + ".content: must be a string or an array of parts", INPUT);
        }
        switch (ChatJson.stringOrEmpty(item, "role")) {
            case "user" -> user(parts(content, where));
            case "assistant" -> {
                String text = words(parts(content, where));
                if (!text.isEmpty()) {
                    turns.add(new Turn.Assistant(text, "", List.of()));
                }
            }
            case "system", "developer" -> {
                String text = words(parts(content, where));
                if (!text.isBlank()) {
                    turns.add(new Turn.Instruction(text, place));
                }
            }
            default ->
                    throw ChatJson.bad(
                            where + ".role: must be user, assistant, system or developer", INPUT);
        }
    }

    private void user(List<Part> parts) {
        if (!parts.isEmpty()) {
            turns.add(new Turn.User(List.of(), parts));
        }
    }

    private List<Part> parts(JsonNode content, String where) {
        List<Part> parts = new ArrayList<>();
        if (content.isString() && !content.asString().isEmpty()) {
            parts.add(new Text(content.asString()));
        }
        for (JsonNode part : content) {
            String type = ChatJson.stringOrEmpty(part, "type");
            switch (type) {
                case "input_text", "output_text", "text" ->
                        text(ChatJson.stringOrEmpty(part, "text"), parts);
                case "refusal" -> text(ChatJson.stringOrEmpty(part, "refusal"), parts);
                case "input_image" -> parts.add(image(part, where));
                case "input_file", "input_audio" ->
                        parts.add(
                                omitted(
                                        type.substring(INPUT.length() + 1),
                                        "it is not taken here, send its text",
                                        where));
                default -> dropped.add(type.isEmpty() ? "part without type" : type);
            }
        }
        return parts;
    }

    private static void text(String text, List<Part> parts) {
        if (!text.isEmpty()) {
            parts.add(new Text(text));
        }
    }

    private Part image(JsonNode part, String where) {
        JsonNode given = part.path("image_url");
        String url = given.isObject() ? ChatJson.stringOrEmpty(given, "url") : given.asString("");
        if (url.isEmpty()) {
            return omitted("image", "it has no image_url, and files are not kept here", where);
        }
        return switch (images.of(url)) {
            case Images.Shown(Image image) -> image;
            case Images.Omitted(String reason) -> omitted("image", reason, where);
        };
    }

    private Text omitted(String what, String reason, String where) {
        if (fresh) {
            throw ChatJson.bad(where + ": the " + what + " cannot be used: " + reason, INPUT);
        }
        return new Text("[" + what + " omitted: " + reason + "]");
    }

    private static String words(List<Part> parts) {
        List<String> texts = new ArrayList<>();
        for (Part part : parts) {
            if (part instanceof Text text) {
                texts.add(text.text());
            }
        }
        return Texts.join(texts);
    }

    private void call(JsonNode item, String arguments, String where) {
        String name = ChatJson.stringOrEmpty(item, "name");
        if (name.isEmpty()) {
            throw ChatJson.bad(where + ".name: is missing", INPUT);
        }
        String flat = ToolNames.flat(ChatJson.string(item, "namespace"), name);
        ToolCall call = new ToolCall(callId(item, where), flat, arguments);
        turns.add(new Turn.Assistant("", "", List.of(call)));
    }

    private void output(JsonNode item, String where) {
        fresh = false;
        JsonNode output = item.path("output");
        List<Image> shown = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        if (output.isArray()) {
            for (Part part : parts(output, where)) {
                if (part instanceof Image image) {
                    shown.add(image);
                    lines.add("[see image below]");
                } else if (part instanceof Text text) {
                    lines.add(text.text());
                }
            }
        } else if (output.isString()) {
            lines.add(output.asString());
        } else if (!output.isMissingNode() && !output.isNull()) {
            lines.add(ChatJson.text(output));
        }
        ToolResult result = new ToolResult(callId(item, where), String.join("\n", lines), shown);
        turns.add(new Turn.User(List.of(result), List.of()));
    }

    private static String callId(JsonNode item, String where) {
        String id = ChatJson.stringOrEmpty(item, "call_id");
        if (id.isEmpty()) {
            throw ChatJson.bad(where + ".call_id: is missing", INPUT);
        }
        return id;
    }

    /// Reasoning goes back to the engine only when its text is there: a summary is not what the
    /// model thought, and nobody here can decrypt what somebody else has encrypted.
    private void reasoning(JsonNode item) {
        List<String> thoughts = new ArrayList<>();
        for (JsonNode part : item.path("content")) {
            thoughts.add(ChatJson.stringOrEmpty(part, "text"));
        }
        thoughts.removeIf(String::isEmpty);
        if (thoughts.isEmpty()) {
            dropped.add("reasoning without text");
        } else {
            turns.add(new Turn.Assistant("", String.join("\n", thoughts), List.of()));
        }
    }
}
