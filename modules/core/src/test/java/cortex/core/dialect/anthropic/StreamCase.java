package cortex.core.dialect.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import cortex.core.dialect.EngineScript;
import cortex.core.dialect.EngineScript.Step;
import cortex.core.dialect.anthropic.stream.MessageTerms;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.answer.AnswerStream;
import cortex.core.dialect.chat.answer.AnswerWriter;
import cortex.core.dialect.chat.answer.Terms;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.openai.EngineErrors;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One golden case of a stream: what the engine sends and what is done meanwhile, the events that
/// come of it, and the whole answer where it is pinned.
record StreamCase(
        String name,
        MessageTerms message,
        List<Step> steps,
        List<String> events,
        @Nullable JsonNode whole) {
    static StreamCase read(Path file) {
        String text = Golden.read(file);
        List<Step> steps = EngineScript.steps(section(text, "engine"));
        List<String> whole = section(text, "whole");
        List<String> events = section(text, "events").stream().map(StreamCase::canonical).toList();
        return new StreamCase(
                Golden.name(file),
                message(text),
                steps,
                events,
                whole.isEmpty() ? null : ChatJson.parse(whole.getFirst()));
    }

    /// The case's answer at its start, which goes to `out`.
    AnswerStream begin(AnswerWriter out) {
        return new AnswerStream(message.terms(), out);
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

    private static MessageTerms message(String text) {
        int at = text.indexOf("\nanswer: ");
        JsonNode given =
                at < 0
                        ? ChatJson.object()
                        : requireNonNull(
                                ChatJson.parse(text.substring(at + 9, text.indexOf("\n=== "))));
        Set<String> used = new HashSet<>();
        given.path("usedToolIds").forEach(id -> used.add(id.asString()));
        Terms terms =
                new Terms(
                        "coder",
                        new EngineErrors.Source("coder", "beast"),
                        new ChatRequest.AnswerInputs(
                                used,
                                given.path("singleTool").asBoolean(false),
                                given.path("prefill").asString(""),
                                7),
                        new Quirks.Answers(
                                given.path("splitThink").asBoolean(false),
                                given.path("tolerateMissingFinish").asBoolean(false)));
        return new MessageTerms("msg_test", terms, given.path("prewarm").asBoolean(false));
    }
}
