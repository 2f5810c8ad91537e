package cortex.demo.script;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A generation request as far as the script cares, whatever dialect it came in. `prompt` is the
/// text after the template; `lastUser` what the user said last, `picture` the address of the last
/// picture shown with it; `done` what came of it so far; `schema` what the answer must match.
public record Ask(
        String prompt,
        String lastUser,
        @Nullable String picture,
        Done done,
        Tools tools,
        @Nullable JsonNode schema,
        Ends ends) {
    /// The tools on offer. `parallel` says that several may be called at once; `choice` is `auto`,
    /// `none`, `required` or the one tool to call.
    public record Tools(List<JsonNode> offered, boolean parallel, String choice) {
        /// There are none.
        public static final Tools NONE = new Tools(List.of(), false, "none");

        public Tools {
            offered = List.copyOf(offered);
        }
    }

    /// Where the answer ends: before any of `stops`, or after `limit` tokens, negative for no
    /// limit.
    public record Ends(List<String> stops, int limit) {
        public Ends {
            stops = List.copyOf(stops);
        }

        private static Ends of(JsonNode body) {
            return new Ends(Ask.stops(body.path("stop")), Ask.limit(body));
        }
    }

    /// Since the user spoke last: in how many `rounds` tools were called and had results, and the
    /// last `result`.
    public record Done(int rounds, String result) {
        /// No tool was called.
        public static final Done NOTHING = new Done(0, "");
    }

    /// Whether what is to be answered is a tool's result.
    public boolean afterTool() {
        return done.rounds() > 0;
    }

    /// Reads the body of a chat completion that has been checked.
    public static Ask ofChat(JsonNode body) {
        List<JsonNode> tools = new ArrayList<>();
        body.path("tools").forEach(tool -> tools.add(tool.path("function")));
        StringBuilder prompt = new StringBuilder();
        Spoken spoken = new Spoken();
        for (JsonNode message : body.path("messages")) {
            String role = message.path("role").asString("");
            spoken.read(role, message.path("content"));
            prompt.append("<|im_start|>").append(role).append('\n');
            prompt.append(text(message.path("content")));
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
                spoken.lastUser,
                spoken.picture,
                spoken.done(),
                new Tools(
                        tools,
                        body.path("parallel_tool_calls").asBoolean(true),
                        choice(body.path("tool_choice"))),
                schema(body.path("response_format")),
                Ends.of(body));
    }

    /// Reads the body of a text completion with one prompt.
    public static Ask ofCompletion(JsonNode body, String prompt) {
        return new Ask(prompt, prompt, null, Done.NOTHING, Tools.NONE, null, Ends.of(body));
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

    /// Reads a conversation for what the user said last and what was done about it.
    private static final class Spoken {
        private String lastUser = "";
        private @Nullable String picture;
        private String before = "";
        private int rounds;
        private String result = "";

        void read(String role, JsonNode content) {
            if (role.equals("tool")) {
                rounds += before.equals("tool") ? 0 : 1;
                result = text(content);
            } else if (role.equals("user") && !besideTheWords(content)) {
                lastUser = spoken(content);
                picture = picture(content);
                rounds = 0;
                result = "";
            }
            before = role;
        }

        /// Whether a message is only an agent's notes that follow the user's words or a result.
        private boolean besideTheWords(JsonNode content) {
            boolean follows = before.equals("tool") || before.equals("user");
            return follows && !lastUser.isEmpty() && note(spoken(content));
        }

        Done done() {
            return new Done(rounds, result);
        }
    }

    /// What the user really said: coding agents put their own notes, each in a tag, in parts beside
    /// it.
    private static String spoken(JsonNode content) {
        String spoken = text(content);
        for (JsonNode part : content) {
            String text = part.path("text").asString("");
            if (!note(text)) {
                spoken = text;
            }
        }
        return spoken;
    }

    private static @Nullable String picture(JsonNode content) {
        String picture = null;
        for (JsonNode part : content) {
            JsonNode url = part.path("image_url").path("url");
            picture = url.isString() ? url.asString() : picture;
        }
        return picture;
    }

    private static boolean note(String text) {
        return text.isBlank() || text.stripLeading().startsWith("<");
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
