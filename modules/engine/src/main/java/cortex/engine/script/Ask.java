package cortex.engine.script;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A generation request as far as the script cares, whatever dialect it came in. `prompt` is the
/// text after the template; `lastUser` what the last user message says; `afterTool` says that the
/// last message is a tool's result; `choice` is `auto`, `none`, `required` or the one tool to call;
/// `limit` is the most tokens to generate, negative for none.
public record Ask(
        String prompt,
        String lastUser,
        boolean afterTool,
        List<JsonNode> tools,
        String choice,
        @Nullable JsonNode schema,
        List<String> stops,
        int limit) {
    public Ask {
        tools = List.copyOf(tools);
        stops = List.copyOf(stops);
    }

    /// Reads the body of a chat completion that has been checked.
    public static Ask ofChat(JsonNode body) {
        List<JsonNode> tools = new ArrayList<>();
        body.path("tools").forEach(tool -> tools.add(tool.path("function")));
        StringBuilder prompt = new StringBuilder();
        String lastUser = "";
        String lastRole = "";
        for (JsonNode message : body.path("messages")) {
            String text = text(message.path("content"));
            lastRole = message.path("role").asString("");
            if (lastRole.equals("user")) {
                lastUser = spoken(message.path("content"));
            }
            prompt.append("<|im_start|>").append(lastRole).append('\n').append(text);
            for (JsonNode call : message.path("tool_calls")) {
                prompt.append("<tool_call>\n")
                        .append(call.path("function"))
                        .append("\n</tool_call>");
            }
            prompt.append("<|im_end|>\n");
        }
        if (!tools.isEmpty()) {
            prompt.append("<|im_start|>tools\n").append(body.path("tools")).append("<|im_end|>\n");
        }
        prompt.append("<|im_start|>assistant\n");
        return new Ask(
                prompt.toString(),
                lastUser,
                lastRole.equals("tool"),
                tools,
                choice(body.path("tool_choice")),
                schema(body.path("response_format")),
                stops(body.path("stop")),
                limit(body));
    }

    /// Reads the body of a text completion with one prompt.
    public static Ask ofCompletion(JsonNode body, String prompt) {
        return new Ask(
                prompt,
                prompt,
                false,
                List.of(),
                "none",
                null,
                stops(body.path("stop")),
                limit(body));
    }

    /// The text of a message's content, be it a string or a list of parts.
    public static String text(JsonNode content) {
        if (!content.isArray()) {
            return content.asString("");
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : content) {
            text.append(part.path("text").asString(""));
        }
        return text.toString();
    }

    /// What the user really said: coding agents put their own notes, each in a tag, in parts beside
    /// it.
    private static String spoken(JsonNode content) {
        String spoken = text(content);
        for (JsonNode part : content) {
            String text = part.path("text").asString("");
            if (!text.isBlank() && !text.stripLeading().startsWith("<")) {
                spoken = text;
            }
        }
        return spoken;
    }

    private static String choice(JsonNode choice) {
        String name = choice.path("function").path("name").asString("");
        return name.isEmpty() ? choice.asString("auto") : name;
    }

    private static @Nullable JsonNode schema(JsonNode format) {
        return switch (format.path("type").asString("")) {
            case "json_object" -> format.path("schema");
            case "json_schema" -> format.path("json_schema").path("schema");
            default -> null;
        };
    }

    private static List<String> stops(JsonNode stop) {
        List<String> stops = new ArrayList<>();
        if (stop.isString()) {
            stops.add(stop.asString());
        }
        for (JsonNode one : stop) {
            stops.add(one.asString(""));
        }
        stops.removeIf(String::isEmpty);
        return stops;
    }

    private static int limit(JsonNode body) {
        for (String name : List.of("max_completion_tokens", "max_tokens", "n_predict")) {
            if (body.path(name).isNumber()) {
                int limit = body.path(name).asInt();
                return limit < 0 ? -1 : Math.max(1, limit);
            }
        }
        return -1;
    }
}
