package cortex.gateway.http.models;

import cortex.core.catalogue.ModelProfile;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.ReasoningAsk;
import cortex.core.engine.Effort;
import cortex.core.engine.EngineApi;
import cortex.core.engine.EngineTraits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a model can do, null where nobody knows: by its catalogue entry, else by what its engine
/// told, else by the options it is loaded with.
///
/// @param maxEffort the highest effort it can be asked for, null when it cannot be asked
record Capabilities(
        @Nullable Boolean tools,
        @Nullable Boolean vision,
        @Nullable Boolean audio,
        @Nullable Boolean reasoning,
        @Nullable Boolean embeddings,
        @Nullable Boolean rerank,
        @Nullable Effort maxEffort) {
    private static final Map<String, Boolean> YES = Map.of("supported", true);
    private static final Map<String, Boolean> NO = Map.of("supported", false);

    static Capabilities of(ModelProfile model, EngineTraits seen) {
        EngineTraits.Abilities can = seen.abilities();
        List<String> args = model.engine().options().args();
        Boolean projector = certain(model.engine().options().mmproj() != null);
        Boolean reasoning = first(model.quirks().reasoning().possible(), can.reasoning());
        EngineApi api = EngineApi.of(model.engine().harness(), seen);
        boolean asked = Boolean.TRUE.equals(reasoning) && api.takesReasoning();
        return new Capabilities(
                can.tools(),
                first(model.quirks().images().seen(), first(can.vision(), projector)),
                can.audio(),
                reasoning,
                first(can.embeddings(), certain(EngineTraits.toldToEmbed(args))),
                first(can.rerank(), certain(EngineTraits.toldToRerank(args))),
                asked ? ReasoningAsk.highest(api, Quirks.of(model, seen)) : null);
    }

    private static @Nullable Boolean first(@Nullable Boolean known, @Nullable Boolean otherwise) {
        return known == null ? otherwise : known;
    }

    private static @Nullable Boolean certain(boolean told) {
        return told ? Boolean.TRUE : null;
    }

    /// What goes in and what comes out, as llama-server and OpenRouter say it.
    Map<String, Object> modalities() {
        boolean sees = Boolean.TRUE.equals(vision);
        boolean vectors = Boolean.TRUE.equals(embeddings);
        List<String> inputs = new ArrayList<>(List.of("text"));
        if (sees) {
            inputs.add("image");
        }
        if (Boolean.TRUE.equals(audio)) {
            inputs.add("audio");
        }
        return Map.of(
                "input_modalities",
                inputs,
                "output_modalities",
                List.of(vectors ? "embeddings" : "text"));
    }

    /// In our words first, and then in Anthropic's, whose SDKs take none of theirs to be missing.
    Map<String, @Nullable Object> shown() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("tools", tools);
        all.put("vision", vision);
        all.put("audio", audio);
        all.put("reasoning", reasoning);
        all.put("embeddings", embeddings);
        all.put("rerank", rerank);
        all.put("batch", NO);
        all.put("citations", NO);
        all.put("code_execution", NO);
        all.put("context_management", NO);
        all.put("effort", effort());
        all.put("image_input", supported(vision));
        all.put("pdf_input", NO);
        all.put("server_tools", Map.of("supported", false, "code_execution", NO, "web_search", NO));
        all.put("structured_outputs", Boolean.TRUE.equals(embeddings) ? NO : YES);
        all.put("thinking", thinking());
        return all;
    }

    private Map<String, Object> effort() {
        Map<String, Object> efforts = new LinkedHashMap<>();
        efforts.put("supported", maxEffort != null);
        for (Effort effort : Effort.values()) {
            boolean can = maxEffort != null && effort.compareTo(maxEffort) <= 0;
            efforts.put(effort.name().toLowerCase(Locale.ROOT), can ? YES : NO);
        }
        return efforts;
    }

    private Map<String, Object> thinking() {
        Map<String, Boolean> can = supported(reasoning);
        return Map.of(
                "supported",
                Boolean.TRUE.equals(reasoning),
                "types",
                Map.of("adaptive", can, "between_tools", can, "disabled", can, "enabled", can));
    }

    private static Map<String, Boolean> supported(@Nullable Boolean known) {
        return Boolean.TRUE.equals(known) ? YES : NO;
    }
}
