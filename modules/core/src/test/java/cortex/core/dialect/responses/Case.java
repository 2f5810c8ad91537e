package cortex.core.dialect.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import cortex.core.dialect.EngineScript;
import cortex.core.dialect.EngineScript.Step;
import cortex.core.dialect.Sections;
import cortex.core.dialect.anthropic.Golden;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.request.Target;
import cortex.core.engine.EngineApi;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// One golden case, a file of sections: a line `=== name` and what follows it. `kind` names the
/// engine, `quirks` are the model's, `engine` is what the engine sends, as it is or (`steps`) in
/// short.
record Case(String name, Map<String, String> sections) {
    /// All cases in a folder.
    static List<Case> all(String folder) {
        return Sections.files("cortex/core/dialect/responses/" + folder).stream()
                .map(file -> new Case(String.valueOf(file.getFileName()), Sections.of(file)))
                .toList();
    }

    String section(String section) {
        return requireNonNull(sections.get(section), name + " has no section " + section);
    }

    /// What the engine does.
    List<Step> steps() {
        String raw = sections.get("engine");
        return raw != null
                ? List.of(new Step(raw, ""))
                : EngineScript.steps(section("steps").lines().filter(l -> !l.isEmpty()).toList());
    }

    /// All of the engine's bytes.
    byte[] bytes() {
        StringBuilder all = new StringBuilder();
        steps().forEach(step -> all.append(step.bytes()));
        return all.toString().getBytes(UTF_8);
    }

    /// Whom the request is for.
    Target target() {
        return target(
                sections.getOrDefault("kind", "").strip(), sections.getOrDefault("quirks", ""));
    }

    /// An engine kind, llama-server by default, with a model that reasons and has these quirks.
    static Target target(String kind, String quirks) {
        EngineApi engine =
                kind.isEmpty()
                        ? EngineApi.LLAMA_SERVER
                        : EngineApi.valueOf(kind.toUpperCase(Locale.ROOT));
        String given = quirks.isBlank() ? "{\"reasoning\":true}" : quirks;
        Quirks all = Golden.quirks(requireNonNull(ChatJson.parse(given)));
        return new Target("engine-model", engine, all);
    }

    @Override
    public String toString() {
        return name;
    }
}
