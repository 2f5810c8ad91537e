package cortex.neuron.harness.traits;

import cortex.core.engine.EngineApi;
import cortex.core.engine.EngineTraits;
import cortex.core.engine.TemplateTraits;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What llama-server tells: `/props` has the modalities, the chat template and what the template is
/// capable of; whether it makes vectors stands only in its arguments.
public final class LlamaTraits {
    private LlamaTraits() {}

    /// From `/props`, the model's entry of `/v1/models`, and the engine's arguments; the answers
    /// are null when there was none.
    public static EngineTraits of(
            @Nullable JsonNode props, @Nullable JsonNode entry, List<String> args) {
        String text = props == null ? "" : props.path("chat_template").asString("");
        TemplateTraits template = text.isBlank() ? null : TemplateTraits.of(text);
        return new EngineTraits(
                EngineApi.LLAMA_SERVER.word(),
                new EngineTraits.Abilities(
                        tools(props, template),
                        modality(props, entry, "vision", "image"),
                        modality(props, entry, "audio", "audio"),
                        reasoning(template, args),
                        EngineTraits.toldToEmbed(args),
                        EngineTraits.toldToRerank(args)),
                template);
    }

    /// A template without tools makes the engine drop them without a word.
    private static @Nullable Boolean tools(
            @Nullable JsonNode props, @Nullable TemplateTraits template) {
        JsonNode caps = props == null ? null : props.get("chat_template_caps");
        if (caps != null && caps.path("supports_tools").isBoolean()) {
            return caps.path("supports_tools").booleanValue()
                    || caps.path("supports_tool_calls").asBoolean(false);
        }
        return template == null ? null : template.tools();
    }

    /// By its name in `/props`, else by its name in the model's entry.
    private static @Nullable Boolean modality(
            @Nullable JsonNode props, @Nullable JsonNode entry, String name, String input) {
        JsonNode told = props == null ? null : props.path("modalities").get(name);
        if (told != null && told.isBoolean()) {
            return told.booleanValue();
        }
        JsonNode inputs = entry == null ? null : entry.path("architecture").get("input_modalities");
        if (inputs == null || !inputs.isArray()) {
            return null;
        }
        for (JsonNode each : inputs) {
            if (each.asString("").equals(input)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Boolean reasoning(
            @Nullable TemplateTraits template, List<String> args) {
        boolean off =
                "off".equals(Arguments.value(args, "--reasoning"))
                        || "0".equals(Arguments.value(args, "--reasoning-budget"));
        return off ? Boolean.FALSE : template == null ? null : (Boolean) template.reasons();
    }
}
