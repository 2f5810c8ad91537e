package cortex.bench.dialect;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What llama-server sends for an agent's turn, as captured: its progress with the prompt, then
/// reasoning, text and a tool call token by token, the finish, the counts. Each chunk comes by
/// itself, as it does from an engine that makes some fifty a second.
final class EngineAnswer {
    private static final int REASONING = 80;
    private static final int TEXT = 150;
    private static final int ARGUMENTS = 60;

    /// How many chunks there are.
    static final int CHUNKS = 3 + 1 + REASONING + TEXT + 1 + ARGUMENTS + 1 + 1 + 1;

    private static final String[] TOKENS = {
        " the",
        " cache",
        " keeps",
        "\\n\\n",
        " entry",
        "`",
        "Cache",
        ".java",
        "`",
        " für",
        ":",
        " \\\"key\\\"",
        " is",
        " removed",
        ",",
        " so",
        " —"
    };

    private EngineAnswer() {}

    static List<byte[]> chunks() {
        List<byte[]> chunks = new ArrayList<>();
        chunks.add(delta("{\"role\":\"assistant\",\"content\":null}", "null", ""));
        for (int i = 1; i <= 3; i++) {
            String progress =
                    ",\"prompt_progress\":{\"total\":6000,\"cache\":0,\"processed\":"
                            + i * 2000
                            + ",\"time_ms\":1203}";
            chunks.add(delta("{\"role\":\"assistant\",\"content\":null}", "null", progress));
        }
        for (int i = 0; i < REASONING; i++) {
            chunks.add(delta("{\"reasoning_content\":\"" + token(i) + "\"}", "null", ""));
        }
        for (int i = 0; i < TEXT; i++) {
            chunks.add(delta("{\"content\":\"" + token(i) + "\"}", "null", ""));
        }
        chunks.add(
                call(
                        "\"id\":\"V7NGp7hQk3vYd1Zs0aBcXw4RtUoPqLmN\",\"type\":\"function\","
                                + "\"function\":{\"name\":\"Read\",\"arguments\":\"{\"}"));
        for (int i = 0; i < ARGUMENTS; i++) {
            chunks.add(call("\"function\":{\"arguments\":\"" + piece(i) + "\"}"));
        }
        chunks.add(delta("{}", "\"tool_calls\"", ""));
        chunks.add(
                data(
                        "{\"choices\":[],"
                                + TAIL
                                + ",\"usage\":{\"completion_tokens\":292,\"prompt_tokens\":6000,"
                                + "\"total_tokens\":6292,\"prompt_tokens_details\":"
                                + "{\"cached_tokens\":512}},\"timings\":{\"cache_n\":512,"
                                + "\"prompt_n\":5488,\"prompt_ms\":3609.1,"
                                + "\"prompt_per_token_ms\":0.657,\"prompt_per_second\":1520.6,"
                                + "\"predicted_n\":292,\"predicted_ms\":5840.2,"
                                + "\"predicted_per_token_ms\":20.0,"
                                + "\"predicted_per_second\":50.0}}"));
        chunks.add(data("[DONE]"));
        if (chunks.size() != CHUNKS) {
            throw new IllegalStateException("there are " + chunks.size() + " chunks");
        }
        return chunks;
    }

    private static final String TAIL =
            "\"created\":1763900000,\"id\":\"chatcmpl-pV5nQk3vYd1Zs0aBcXw4RtUoPqLmNhG7\","
                    + "\"model\":\"coder-30b-q4\",\"system_fingerprint\":\"b10573-d775b8967\","
                    + "\"object\":\"chat.completion.chunk\"";

    private static String token(int i) {
        return TOKENS[i % TOKENS.length];
    }

    /// The arguments' text: an object whose last piece closes it.
    private static String piece(int i) {
        if (i == 0) {
            return "\\\"file_path\\\":\\\"/src";
        }
        return i == ARGUMENTS - 1 ? "\\\"}" : "/store" + i;
    }

    private static byte[] call(String fields) {
        return delta("{\"tool_calls\":[{\"index\":0," + fields + "}]}", "null", "");
    }

    private static byte[] delta(String delta, String finish, String more) {
        return data(
                "{\"choices\":[{\"finish_reason\":"
                        + finish
                        + ",\"index\":0,\"delta\":"
                        + delta
                        + "}],"
                        + TAIL
                        + more
                        + "}");
    }

    private static byte[] data(String json) {
        return ("data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
    }
}
