package cortex.core.dialect;

import java.util.List;

/// What an engine sends in a golden case, and what is done meanwhile. Most chunks are written
/// short: `role` for the first, `d` for a delta as llama-server sends it, `m` as mistral.rs does,
/// `f` for a finish reason, `u` for usage, `done`, `x` for a line as it is, `!` for something done
/// from outside.
public final class EngineScript {
    private EngineScript() {}

    /// A step: bytes of the engine, or a command.
    public record Step(String bytes, String command) {}

    /// The steps that lines stand for.
    public static List<Step> steps(List<String> lines) {
        return lines.stream().map(EngineScript::step).toList();
    }

    private static Step step(String line) {
        String rest = line.length() > 2 ? line.substring(2) : "";
        return switch (line.substring(0, Math.min(2, line.length()))) {
            case "ro" -> chunk("{\"role\":\"assistant\",\"content\":null}", "null");
            case "d " -> chunk(rest, "null");
            case "f " -> chunk("{}", '"' + rest + '"');
            case "m " -> data(mistralrs(rest));
            case "u " -> data("{\"choices\":[],\"usage\":" + rest + "}");
            case "do" -> data("[DONE]");
            case "x", "x " -> new Step(rest + "\n", "");
            case "! " -> new Step("", rest);
            default -> throw new IllegalArgumentException(line);
        };
    }

    private static Step chunk(String delta, String finish) {
        return data(
                "{\"choices\":[{\"finish_reason\":"
                        + finish
                        + ",\"index\":0,\"delta\":"
                        + delta
                        + "}],\"created\":1,\"id\":\"chatcmpl-1\",\"model\":\"engine-model\","
                        + "\"system_fingerprint\":\"b1\",\"object\":\"chat.completion.chunk\"}");
    }

    private static String mistralrs(String delta) {
        String fields = delta.substring(1, delta.length() - 1);
        return "{\"id\":\"0\",\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{"
                + fields
                + ",\"role\":\"assistant\",\"tool_calls\":null},\"logprobs\":null}],\"created\":1,"
                + "\"model\":\"m\",\"system_fingerprint\":\"local\","
                + "\"object\":\"chat.completion.chunk\",\"usage\":null}";
    }

    private static Step data(String json) {
        return new Step("data: " + json + "\n\n", "");
    }
}
