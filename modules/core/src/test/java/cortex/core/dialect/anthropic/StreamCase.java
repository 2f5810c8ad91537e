package cortex.core.dialect.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import cortex.core.dialect.anthropic.stream.Answer;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.openai.EngineErrors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One golden case of a stream: what the engine sends and what is done meanwhile, the events that
/// come of it, and the whole answer where it is pinned. Most chunks are written short: `d` for a
/// delta as llama-server sends it, `m` as mistral.rs does, `f` for a finish reason, `u` for usage,
/// `x` for a line as it is, `!` for something done from outside.
record StreamCase(
        String name,
        Answer answer,
        List<Step> steps,
        List<String> events,
        @Nullable JsonNode whole) {
    /// A step: bytes of the engine, or a command.
    record Step(String bytes, String command) {}

    static StreamCase read(Path file) {
        String text = Golden.read(file);
        List<Step> steps = new ArrayList<>();
        section(text, "engine").forEach(line -> steps.add(step(line)));
        List<String> whole = section(text, "whole");
        List<String> events = section(text, "events").stream().map(StreamCase::canonical).toList();
        return new StreamCase(
                Golden.name(file),
                answer(text),
                steps,
                events,
                whole.isEmpty() ? null : ChatJson.parse(whole.getFirst()));
    }

    /// All of the engine's bytes, for cases without commands.
    byte[] bytes() {
        StringBuilder all = new StringBuilder();
        steps.forEach(step -> all.append(step.bytes()));
        return all.toString().getBytes(UTF_8);
    }

    /// JSON texts in one spelling, whatever escapes the case was written with.
    private static String canonical(String line) {
        int quote = line.indexOf('"');
        if (quote < 0) {
            return line;
        }
        JsonNode text = requireNonNull(ChatJson.parse(line.substring(quote)), line);
        return line.substring(0, quote) + ChatJson.text(text);
    }

    private static List<String> section(String text, String name) {
        String head = "=== " + name + "\n";
        int start = text.indexOf(head);
        if (start < 0) {
            return List.of();
        }
        String rest = text.substring(start + head.length());
        int end = rest.indexOf("=== ");
        String body = end < 0 ? rest : rest.substring(0, end);
        return body.isBlank() ? List.of() : List.of(body.stripTrailing().split("\n"));
    }

    private static Answer answer(String text) {
        int at = text.indexOf("\nanswer: ");
        JsonNode given =
                at < 0
                        ? ChatJson.object()
                        : requireNonNull(
                                ChatJson.parse(text.substring(at + 9, text.indexOf("\n=== "))));
        Set<String> used = new HashSet<>();
        given.path("usedToolIds").forEach(id -> used.add(id.asString()));
        return new Answer(
                "msg_test",
                "coder",
                new EngineErrors.Source("coder", "beast"),
                used,
                given.path("singleTool").asBoolean(false),
                given.path("prewarm").asBoolean(false),
                given.path("prefill").asString(""),
                given.path("tolerateMissingFinish").asBoolean(false),
                7);
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
