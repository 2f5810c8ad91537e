package cortex.bench.dialect;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// The request for a session's next turn, as agents send it to each API: the same text for all.
/// Uses nothing but the JDK, so that dist/bench can run it from its source.
public final class Bodies {
    private static final String CACHED = ",\"cache_control\":{\"type\":\"ephemeral\"}";

    private final Session session;
    private final StringBuilder out = new StringBuilder();

    private Bodies(Session session) {
        this.session = session;
    }

    /// Writes `chat.json`, `messages.json` and `responses.json` of about ARGS[1] bytes into the
    /// folder ARGS[0].
    public static void main(String[] args) throws IOException {
        for (String api : new String[] {"chat", "messages", "responses"}) {
            Files.write(Path.of(args[0], api + ".json"), of(api, Integer.parseInt(args[1])));
        }
    }

    /// The request to `api` (chat, messages or responses) in UTF-8; to messages it has at least
    /// `bytes` bytes, to the others it says the same.
    public static byte[] of(String api, int bytes) {
        int turns = 1;
        while (new Bodies(Session.after(turns)).messages().length() < bytes) {
            turns++;
        }
        Bodies bodies = new Bodies(Session.after(turns));
        String body =
                switch (api) {
                    case "chat" -> bodies.chat();
                    case "messages" -> bodies.messages();
                    case "responses" -> bodies.responses();
                    default -> throw new IllegalArgumentException(api);
                };
        return body.getBytes(StandardCharsets.UTF_8);
    }

    /// As Claude Code sends it.
    private String messages() {
        out.append("{\"model\":\"m\",\"max_tokens\":32000,\"stream\":true,\"messages\":[");
        out.append("{\"role\":\"user\",\"content\":[").append(typed("text", session.task()));
        out.append("}]}");
        for (Session.Step step : session.steps()) {
            out.append(
                    ",{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":");
            out.append(quoted(step.thought())).append(",\"signature\":\"c2lnbmF0dXJl\"},");
            out.append(typed("text", step.text())).append("},{\"type\":\"tool_use\",\"id\":\"");
            out.append(step.id()).append("\",\"name\":\"").append(step.tool());
            out.append("\",\"input\":").append(step.arguments()).append("}]},");
            out.append("{\"role\":\"user\",\"content\":[{\"tool_use_id\":\"").append(step.id());
            out.append("\",\"type\":\"tool_result\",\"content\":").append(quoted(step.result()));
            out.append(step == session.steps().getLast() ? CACHED : "").append("}]}");
        }
        out.append("],\"system\":[");
        out.append(typed("text", "x-anthropic-billing-header: cc_version=2.1.330.440;"));
        out.append("},").append(typed("text", session.system())).append(CACHED).append("}]");
        tools("{\"name\":\"", "input_schema");
        out.append(",\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"high\"}");
        return out.append(",\"metadata\":{\"user_id\":\"{\\\"session_id\\\":\\\"s1\\\"}\"}}")
                .toString();
    }

    /// As Codex sends it.
    private String responses() {
        out.append("{\"model\":\"m\",\"instructions\":").append(quoted(session.system()));
        out.append(",\"input\":[{\"type\":\"message\",\"role\":\"user\",\"content\":[");
        out.append(typed("input_text", session.task())).append("}]}");
        for (Session.Step step : session.steps()) {
            out.append(",{\"type\":\"reasoning\",\"summary\":[],\"content\":[{");
            out.append("\"type\":\"reasoning_text\",\"text\":").append(quoted(step.thought()));
            out.append("}]},{\"type\":\"message\",\"role\":\"assistant\",\"content\":[");
            out.append(typed("output_text", step.text())).append("}]},{\"type\":\"function_call\"");
            out.append(",\"call_id\":\"").append(step.id()).append("\",\"name\":\"");
            out.append(step.tool()).append("\",\"arguments\":").append(quoted(step.arguments()));
            out.append("},{\"type\":\"function_call_output\",\"call_id\":\"").append(step.id());
            out.append("\",\"output\":").append(quoted(step.result())).append('}');
        }
        out.append(']');
        tools("{\"type\":\"function\",\"strict\":false,\"name\":\"", "parameters");
        out.append(",\"tool_choice\":\"auto\",\"parallel_tool_calls\":true,\"store\":false");
        return out.append(",\"reasoning\":{\"effort\":\"high\"},\"stream\":true}").toString();
    }

    private String chat() {
        out.append(
                "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"system\",\"content\":");
        out.append(quoted(session.system())).append("},{\"role\":\"user\",\"content\":");
        out.append(quoted(session.task())).append('}');
        for (Session.Step step : session.steps()) {
            out.append(",{\"role\":\"assistant\",\"content\":").append(quoted(step.text()));
            out.append(",\"reasoning_content\":").append(quoted(step.thought()));
            out.append(",\"tool_calls\":[{\"id\":\"").append(step.id());
            out.append("\",\"type\":\"function\",\"function\":{\"name\":\"").append(step.tool());
            out.append("\",\"arguments\":").append(quoted(step.arguments())).append("}}]},");
            out.append("{\"role\":\"tool\",\"tool_call_id\":\"").append(step.id());
            out.append("\",\"content\":").append(quoted(step.result())).append('}');
        }
        out.append(']');
        tools("{\"type\":\"function\",\"function\":{\"name\":\"", "parameters", "}");
        return out.append(",\"stream_options\":{\"include_usage\":true}}").toString();
    }

    private void tools(String head, String schema) {
        tools(head, schema, "");
    }

    private void tools(String head, String schema, String end) {
        String comma = ",\"tools\":[";
        for (Session.Tool tool : session.tools()) {
            out.append(comma).append(head).append(tool.name()).append("\",\"description\":");
            out.append(quoted(tool.description())).append(",\"").append(schema).append("\":");
            out.append(tool.schema()).append('}').append(end);
            comma = ",";
        }
        out.append(']');
    }

    /// A text block without its closing brace.
    private static String typed(String type, String text) {
        return "{\"type\":\"" + type + "\",\"text\":" + quoted(text);
    }

    private static String quoted(String text) {
        return '"'
                + text.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\n", "\\n")
                        .replace("\t", "\\t")
                + '"';
    }
}
