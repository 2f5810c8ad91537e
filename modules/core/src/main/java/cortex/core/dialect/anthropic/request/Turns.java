package cortex.core.dialect.anthropic.request;

import cortex.core.dialect.Interrupts;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Conversation;
import cortex.core.dialect.chat.Texts;
import cortex.core.dialect.chat.Turn;
import cortex.core.dialect.chat.Turn.Part;
import cortex.core.dialect.chat.Turn.Text;
import cortex.core.dialect.chat.Turn.ToolCall;
import cortex.core.dialect.chat.Turn.ToolResult;
import cortex.core.dialect.chat.tool.ToolArguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads `messages` into turns. Blocks that mean nothing to an engine are dropped and remembered:
/// llama-server refuses a whole request for one content part it does not know.
final class Turns {
    private final Media media;
    private final ToolResults results;
    private final List<Turn> turns = new ArrayList<>();
    private final Set<String> dropped = new TreeSet<>();

    private Turns(Media media) {
        this.media = media;
        this.results = new ToolResults(media);
    }

    /// The turns, and the types of the blocks that were dropped.
    record Read(List<Turn> turns, Set<String> dropped) {}

    /// Reads the array.
    static Read read(JsonNode messages, Media media) {
        if (messages.isMissingNode() || messages.isNull()) {
            throw ChatJson.bad("messages: Field required", "messages");
        }
        if (!messages.isArray()) {
            throw ChatJson.bad("messages: Input should be a valid list", "messages");
        }
        Turns reader = new Turns(media);
        int last = Conversation.lastSaid(messages);
        for (int i = 0; i < messages.size(); i++) {
            Interrupts.check();
            reader.message(messages.path(i), i, i == last);
        }
        if (reader.turns.isEmpty()) {
            throw ChatJson.bad("messages: at least one message is required", "messages");
        }
        return new Read(reader.turns, reader.dropped);
    }

    private void message(JsonNode message, int place, boolean last) {
        String where = "messages." + place;
        JsonNode content = message.path("content");
        if (!content.isString() && !content.isArray()) {
            throw ChatJson.bad(
                    where + ".content: Input should be a string or a list of blocks", "messages");
        }
        switch (ChatJson.stringOrEmpty(message, "role")) {
            case "user" -> user(content, where, last);
            case "assistant" -> assistant(content, where);
            case "system", "developer" -> {
                String text = SystemText.of(content, where + ".content");
                if (!text.isBlank()) {
                    turns.add(new Turn.Instruction(text, place));
                }
            }
            default ->
                    throw ChatJson.bad(
                            where + ".role: Input should be 'user' or 'assistant'", "messages");
        }
    }

    private void user(JsonNode content, String where, boolean last) {
        List<ToolResult> answers = new ArrayList<>();
        List<Part> parts = new ArrayList<>();
        if (content.isString()) {
            words(content.asString(), parts);
        }
        for (int i = 0; i < content.size(); i++) {
            String at = where + ".content." + i;
            JsonNode block = content.path(i);
            if (ChatJson.stringOrEmpty(block, "type").equals("tool_result")) {
                answers.add(results.read(block, at));
            } else {
                part(block, last ? at : null, parts);
            }
        }
        if (!answers.isEmpty() || !parts.isEmpty()) {
            turns.add(new Turn.User(answers, parts));
        }
    }

    private void part(JsonNode block, @Nullable String fresh, List<Part> parts) {
        String type = ChatJson.stringOrEmpty(block, "type");
        switch (type) {
            case "text" -> words(ChatJson.stringOrEmpty(block, "text"), parts);
            case "image" -> parts.add(media.image(block, fresh));
            case "document" -> parts.add(new Text(media.document(block, fresh)));
            case "search_result" -> words(Media.searchResult(block), parts);
            case "compaction" -> words(ChatJson.stringOrEmpty(block, "content"), parts);
            default -> dropped.add(type.isEmpty() ? "block without type" : type);
        }
    }

    private static void words(String text, List<Part> parts) {
        if (!text.isEmpty()) {
            parts.add(new Text(text));
        }
    }

    private void assistant(JsonNode content, String where) {
        List<String> texts = new ArrayList<>();
        List<String> thoughts = new ArrayList<>();
        List<ToolCall> calls = new ArrayList<>();
        if (content.isString()) {
            texts.add(content.asString());
        }
        for (int i = 0; i < content.size(); i++) {
            JsonNode block = content.path(i);
            String type = ChatJson.stringOrEmpty(block, "type");
            switch (type) {
                case "text" -> texts.add(ChatJson.stringOrEmpty(block, "text"));
                case "thinking" -> thoughts.add(ChatJson.stringOrEmpty(block, "thinking"));
                case "tool_use" -> calls.add(call(block, where + ".content." + i));
                case "compaction" -> compacted(block);
                default -> dropped.add(type.isEmpty() ? "block without type" : type);
            }
        }
        thoughts.removeIf(String::isEmpty);
        String text = Texts.join(texts);
        String thought = String.join("\n", thoughts);
        if (!text.isEmpty() || !thought.isEmpty() || !calls.isEmpty()) {
            turns.add(new Turn.Assistant(text, thought, calls));
        }
    }

    /// What an earlier part of the conversation was made into stands before the turn it came in.
    private void compacted(JsonNode block) {
        List<Part> parts = new ArrayList<>();
        words(ChatJson.stringOrEmpty(block, "content"), parts);
        if (!parts.isEmpty()) {
            turns.add(new Turn.User(List.of(), parts));
        }
    }

    private static ToolCall call(JsonNode block, String where) {
        String id = ChatJson.string(block, "id");
        String name = ChatJson.string(block, "name");
        if (id == null || name == null) {
            throw ChatJson.bad(
                    where + (id == null ? ".id" : ".name") + ": Field required", "messages");
        }
        return new ToolCall(id, name, ToolArguments.ofInput(block.path("input")));
    }
}
