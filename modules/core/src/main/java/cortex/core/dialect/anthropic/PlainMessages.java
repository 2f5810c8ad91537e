package cortex.core.dialect.anthropic;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Texts;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/// Writes a chat request back in Anthropic's form with nothing but what every server of that form
/// takes: a system text, user and assistant turns, text, images, tool calls and results.
final class PlainMessages {
    private final ArrayNode messages = ChatJson.array();
    private String system = "";

    private PlainMessages() {}

    /// The request in Anthropic's form.
    static ObjectNode of(JsonNode chat) {
        PlainMessages writer = new PlainMessages();
        chat.path("messages").forEach(writer::message);
        ObjectNode request = ChatJson.object();
        request.set("model", chat.path("model"));
        if (!writer.system.isEmpty()) {
            request.put("system", writer.system);
        }
        request.set("messages", writer.messages);
        JsonNode tools = chat.path("tools");
        if (!tools.isMissingNode()) {
            ArrayNode plain = request.putArray("tools");
            tools.forEach(tool -> tool(tool.path("function"), plain));
        }
        return request;
    }

    private static void tool(JsonNode function, ArrayNode tools) {
        ObjectNode tool = tools.addObject();
        tool.set("name", function.path("name"));
        if (function.has("description")) {
            tool.set("description", function.path("description"));
        }
        tool.set("input_schema", function.path("parameters"));
    }

    private void message(JsonNode message) {
        JsonNode content = message.path("content");
        switch (message.path("role").asString("")) {
            case "system", "developer" -> system(text(content));
            case "assistant" -> assistant(message, text(content));
            case "tool" ->
                    turn("user")
                            .addObject()
                            .put("type", "tool_result")
                            .put("tool_use_id", message.path("tool_call_id").asString(""))
                            .put("content", text(content));
            default -> user(content);
        }
    }

    private void system(String text) {
        if (messages.isEmpty()) {
            system = text;
        } else {
            text(turn("user"), text);
        }
    }

    private void user(JsonNode content) {
        ArrayNode blocks = turn("user");
        if (content.isString()) {
            text(blocks, content.asString());
        }
        for (JsonNode part : content) {
            if (part.has("image_url")) {
                image(blocks, part.path("image_url").path("url").asString(""));
            } else {
                text(blocks, part.path("text").asString(""));
            }
        }
    }

    private void assistant(JsonNode message, String text) {
        ArrayNode blocks = turn("assistant");
        if (!text.isEmpty()) {
            text(blocks, text);
        }
        for (JsonNode call : message.path("tool_calls")) {
            JsonNode function = call.path("function");
            String input = function.path("arguments").asString("{}");
            blocks.addObject()
                    .put("type", "tool_use")
                    .put("id", call.path("id").asString(""))
                    .put("name", function.path("name").asString(""))
                    .putRawValue("input", new RawValue(ChatJson.isObject(input) ? input : "{}"));
        }
    }

    /// The content of the last message if it is this role's, else of a new one.
    private ArrayNode turn(String role) {
        JsonNode last = messages.path(messages.size() - 1);
        if (last.path("role").asString("").equals(role)
                && last.path("content") instanceof ArrayNode blocks) {
            return blocks;
        }
        return messages.addObject().put("role", role).putArray("content");
    }

    /// Content as one text, also when a client gave it in parts.
    private static String text(JsonNode content) {
        if (!content.isArray()) {
            return content.asString("");
        }
        List<String> texts = new ArrayList<>();
        content.forEach(part -> texts.add(part.path("text").asString("")));
        return Texts.join(texts);
    }

    private static void text(ArrayNode blocks, String text) {
        blocks.addObject().put("type", "text").put("text", text);
    }

    private static void image(ArrayNode blocks, String url) {
        ObjectNode source = blocks.addObject().put("type", "image").putObject("source");
        int comma = url.indexOf(";base64,");
        if (url.startsWith("data:") && comma > 0) {
            source.put("type", "base64")
                    .put("media_type", url.substring("data:".length(), comma))
                    .put("data", url.substring(comma + ";base64,".length()));
        } else {
            source.put("type", "url").put("url", url);
        }
    }
}
