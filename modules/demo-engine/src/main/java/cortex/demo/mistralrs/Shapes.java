package cortex.demo.mistralrs;

import cortex.demo.script.JsonText;
import cortex.demo.work.Collected;
import cortex.demo.work.Timings;
import java.util.List;
import java.util.StringJoiner;
import java.util.UUID;

/// The JSON of mistral.rs's answers: every field in every chunk, nulls written out.
record Shapes(String id, String model, long created) {
    static String usage(Timings t) {
        double prompt = t.readNanos() / 1e9;
        double completion = t.generatedNanos() / 1e9;
        double total = prompt + completion;
        int all = t.prompt() + t.generated();
        return """
        {"completion_tokens":%d,"prompt_tokens":%d,"total_tokens":%d,"avg_tok_per_sec":%s,\
        "avg_prompt_tok_per_sec":%s,"avg_compl_tok_per_sec":%s,"total_time_sec":%s,\
        "total_prompt_time_sec":%s,"total_completion_time_sec":%s}\
        """
                .formatted(
                        t.generated(),
                        t.prompt(),
                        all,
                        rate(all, total),
                        rate(t.prompt(), prompt),
                        rate(t.generated(), completion),
                        total,
                        prompt,
                        completion);
    }

    private static double rate(int count, double seconds) {
        return seconds == 0 ? 0 : count / seconds;
    }

    /// A chunk with a piece of text.
    String textChunk(String text) {
        return chunk("null", delta(JsonText.quote(text), "", "null"), "null");
    }

    /// A chunk with a piece of reasoning.
    String thoughtChunk(String thought) {
        return chunk("null", delta("null", thought, "null"), "null");
    }

    /// The last chunk, with whole tool calls if there are any, and usage.
    String lastChunk(String finish, List<Collected.Call> calls, Timings timings) {
        String delta = delta(calls.isEmpty() ? "\"\"" : "null", "", calls(calls));
        return chunk("\"" + finish + "\"", delta, usage(timings));
    }

    private static String delta(String content, String reasoning, String calls) {
        return "{\"content\":%s,\"role\":\"assistant\",\"tool_calls\":%s%s}"
                .formatted(
                        content,
                        calls,
                        reasoning.isEmpty()
                                ? ""
                                : ",\"reasoning_content\":" + JsonText.quote(reasoning));
    }

    private String chunk(String finish, String delta, String usage) {
        return """
        {"id":"%s","choices":[{"finish_reason":%s,"index":0,"delta":%s,"logprobs":null}],\
        %s,"usage":%s}\
        """
                .formatted(id, finish, delta, tail("chat.completion.chunk"), usage);
    }

    /// A whole chat completion.
    String chat(String finish, Collected all, Timings timings) {
        boolean silent = all.text().isEmpty() && !all.calls().isEmpty();
        String content = silent ? "null" : JsonText.quote(all.text());
        return """
        {"id":"%s","choices":[{"finish_reason":"%s","index":0,"message":%s,"logprobs":null}],\
        %s,"usage":%s}\
        """
                .formatted(
                        id,
                        finish,
                        delta(content, all.thought(), calls(all.calls())),
                        tail("chat.completion"),
                        usage(timings));
    }

    private String tail(String object) {
        return "\"created\":%d,\"model\":%s,\"system_fingerprint\":\"local\",\"object\":\"%s\""
                .formatted(created, JsonText.quote(model), object);
    }

    private static String calls(List<Collected.Call> calls) {
        if (calls.isEmpty()) {
            return "null";
        }
        StringJoiner all = new StringJoiner(",", "[", "]");
        for (Collected.Call call : calls) {
            String name = JsonText.quote(call.name());
            String arguments = JsonText.quote(call.arguments().toString());
            all.add(
                    """
                    {"index":%d,"id":"call-%s","type":"function",\
                    "function":{"name":%s,"arguments":%s}}\
                    """
                            .formatted(calls.indexOf(call), UUID.randomUUID(), name, arguments));
        }
        return all.toString();
    }
}
