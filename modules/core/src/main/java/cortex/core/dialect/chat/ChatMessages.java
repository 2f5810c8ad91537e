package cortex.core.dialect.chat;

import cortex.core.dialect.chat.Turn.Assistant;
import cortex.core.dialect.chat.Turn.Image;
import cortex.core.dialect.chat.Turn.Instruction;
import cortex.core.dialect.chat.Turn.Part;
import cortex.core.dialect.chat.Turn.Reminder;
import cortex.core.dialect.chat.Turn.Text;
import cortex.core.dialect.chat.Turn.ToolCall;
import cortex.core.dialect.chat.Turn.ToolResult;
import cortex.core.dialect.chat.Turn.User;
import cortex.core.engine.EngineApi;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes an arranged conversation as chat messages: content is a string wherever it can be (many
/// templates know nothing else), results come before the user's words.
public final class ChatMessages {
    private final ArrayNode messages = ChatJson.array();
    private final EngineApi api;
    private final Quirks quirks;

    private ChatMessages(EngineApi api, Quirks quirks) {
        this.api = api;
        this.quirks = quirks;
    }

    /// The `messages` array.
    public static ArrayNode of(Conversation conversation, EngineApi api, Quirks quirks) {
        ChatMessages writer = new ChatMessages(api, quirks);
        if (!conversation.system().isEmpty()) {
            writer.message("system", conversation.system());
        }
        List<Turn> turns = conversation.turns();
        if (quirks.turns().userFirst()
                && !turns.isEmpty()
                && turns.getFirst() instanceof Assistant) {
            writer.message("user", "(continue)");
        }
        turns.forEach(writer::turn);
        return writer.messages;
    }

    private void turn(Turn turn) {
        switch (turn) {
            case User user -> user(user);
            case Assistant assistant -> assistant(assistant);
            case Instruction instruction -> message("system", instruction.text());
        }
    }

    private ObjectNode message(String role, String content) {
        return messages.addObject().put("role", role).put("content", content);
    }

    private void assistant(Assistant turn) {
        ObjectNode message = message("assistant", turn.text());
        if (!turn.reasoning().isEmpty()
                && (api.takesReasoning() || quirks.reasoning().possible())) {
            message.put("reasoning_content", turn.reasoning());
        }
        if (turn.calls().isEmpty()) {
            return;
        }
        ArrayNode calls = message.putArray("tool_calls");
        for (ToolCall call : turn.calls()) {
            calls.addObject()
                    .put("id", id(call.id()))
                    .put("type", "function")
                    .putObject("function")
                    .put("name", call.name())
                    .put("arguments", call.arguments());
        }
    }

    private void user(User turn) {
        List<ToolResult> results = new ArrayList<>(turn.results());
        List<Part> parts = new ArrayList<>(shown(results));
        parts.addAll(turn.parts());
        if (quirks.turns().foldUserAfterTool() && !results.isEmpty()) {
            results.add(results.removeLast().plus(words(parts)));
            parts.removeIf(part -> !(part instanceof Image));
        }
        for (ToolResult result : results) {
            messages.addObject()
                    .put("role", "tool")
                    .put("tool_call_id", id(result.id()))
                    .put("content", result.text());
        }
        if (parts.stream().anyMatch(part -> part instanceof Image)) {
            mixed(parts);
        } else if (!parts.isEmpty()) {
            message("user", words(parts));
        }
    }

    /// The results' images, each result's under a line that says whose they are.
    private static List<Part> shown(List<ToolResult> results) {
        List<Part> parts = new ArrayList<>();
        for (ToolResult result : results) {
            if (!result.images().isEmpty()) {
                parts.add(new Text("[image from tool call " + result.id() + "]"));
                parts.addAll(result.images());
            }
        }
        return parts;
    }

    private void mixed(List<Part> parts) {
        ArrayNode content = messages.addObject().put("role", "user").putArray("content");
        for (Part part : parts) {
            ObjectNode out = content.addObject();
            switch (part) {
                case Text text -> out.put("type", "text").put("text", text.text());
                case Reminder reminder -> out.put("type", "text").put("text", reminder.text());
                case Image image ->
                        out.put("type", "image_url").putObject("image_url").put("url", image.url());
            }
        }
    }

    private static String words(List<Part> parts) {
        List<String> texts = new ArrayList<>();
        for (Part part : parts) {
            switch (part) {
                case Text text -> texts.add(text.text());
                case Reminder reminder -> texts.add(reminder.text());
                case Image _ -> {}
            }
        }
        return Texts.join(texts);
    }

    private String id(String id) {
        return ToolIds.forEngine(id, quirks.turns().rewriteToolIds());
    }
}
