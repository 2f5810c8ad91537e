package cortex.demo.mistralrs;

import cortex.demo.script.JsonText;
import cortex.demo.work.Timings;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/// The JSON of mistral.rs's answers: every field in every chunk, nulls written out.
record Shapes(String id, String model, long created) {
    /// A tool call, whole.
    record Call(String id, String name, StringBuilder arguments) {}

    /// Text, reasoning and calls as far as they have been generated.
    static final class Message {
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder thought = new StringBuilder();
        private final List<Call> calls = new ArrayList<>();

        StringBuilder text() {
            return text;
        }

        StringBuilder thought() {
            return thought;
        }

        List<Call> calls() {
            return calls;
        }
    }

    static String usage(Timings t) {
        double prompt = t.readNanos() / 1e9;
        double completion = t.generatedNanos() / 1e9;
        double total = prompt + completion;
        int all = t.prompt() + t.generated();
        return "{\"completion_tokens\":%d,\"prompt_tokens\":%d,\"total_tokens\":%d,"
                        .formatted(t.generated(), t.prompt(), all)
                + "\"avg_tok_per_sec\":"
                + rate(all, total)
                + ",\"avg_prompt_tok_per_sec\":"
                + rate(t.prompt(), prompt)
                + ",\"avg_compl_tok_per_sec\":"
                + rate(t.generated(), completion)
                + ",\"total_time_sec\":"
                + total
                + ",\"total_prompt_time_sec\":"
                + prompt
                + ",\"total_completion_time_sec\":"
                + completion
                + "}";
    }

    private static double rate(int count, double seconds) {
        return seconds == 0 ? 0 : count / seconds;
    }

    /// A chunk with a piece of text or reasoning.
    String chunk(String content, String reasoning) {
        return chunk("null", delta(content, reasoning, "null"), "null");
    }

    /// The last chunk, with whole tool calls if there are any, and usage.
    String lastChunk(String finish, Message message, Timings timings) {
        boolean calls = !message.calls().isEmpty();
        String delta = delta(calls ? "null" : "\"\"", "", calls ? calls(message.calls()) : "null");
        return chunk("\"" + finish + "\"", delta, usage(timings));
    }

    private static String delta(String content, String reasoning, String calls) {
        String more = reasoning.isEmpty() ? "" : ",\"reasoning_content\":" + reasoning;
        return "{\"content\":"
                + content
                + ",\"role\":\"assistant\",\"tool_calls\":"
                + calls
                + more
                + "}";
    }

    private String chunk(String finish, String delta, String usage) {
        return "{\"id\":\""
                + id
                + "\",\"choices\":[{\"finish_reason\":"
                + finish
                + ",\"index\":0,\"delta\":"
                + delta
                + ",\"logprobs\":null}],"
                + tail("chat.completion.chunk")
                + ",\"usage\":"
                + usage
                + "}";
    }

    /// A whole chat completion.
    String chat(String finish, Message message, Timings timings) {
        String calls = message.calls().isEmpty() ? "null" : calls(message.calls());
        String content =
                message.text().isEmpty() && !message.calls().isEmpty()
                        ? "null"
                        : JsonText.quote(message.text().toString());
        String reasoning =
                message.thought().isEmpty() ? "" : JsonText.quote(message.thought().toString());
        return "{\"id\":\""
                + id
                + "\",\"choices\":[{\"finish_reason\":\""
                + finish
                + "\",\"index\":0,\"message\":"
                + delta(content, reasoning, calls)
                + ",\"logprobs\":null}],"
                + tail("chat.completion")
                + ",\"usage\":"
                + usage(timings)
                + "}";
    }

    /// A whole text completion.
    String completion(String finish, String text, Timings timings) {
        return completionHead("\"" + finish + "\"", text) + ",\"usage\":" + usage(timings) + "}";
    }

    /// A chunk of a text completion, which never carries usage.
    String completionChunk(String finish, String text) {
        return completionHead(finish, text) + "}";
    }

    private String completionHead(String finish, String text) {
        return "{\"id\":\""
                + id
                + "\",\"choices\":[{\"finish_reason\":"
                + finish
                + ",\"index\":0,\"text\":"
                + JsonText.quote(text)
                + ",\"logprobs\":null}],"
                + tail("text_completion");
    }

    private String tail(String object) {
        return "\"created\":%d,\"model\":%s,\"system_fingerprint\":\"local\",\"object\":\"%s\""
                .formatted(created, JsonText.quote(model), object);
    }

    private static String calls(List<Call> calls) {
        StringJoiner all = new StringJoiner(",", "[", "]");
        for (int i = 0; i < calls.size(); i++) {
            Call call = calls.get(i);
            all.add(
                    ("{\"index\":%d,\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name"
                                    + "\":%s,\"arguments\":%s}}")
                            .formatted(
                                    i,
                                    call.id(),
                                    JsonText.quote(call.name()),
                                    JsonText.quote(call.arguments().toString())));
        }
        return all.toString();
    }
}
