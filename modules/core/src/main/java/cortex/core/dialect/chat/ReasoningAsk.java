package cortex.core.dialect.chat;

import cortex.core.catalogue.ModelQuirks.Effort;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// How much the model is to reason; `budget` in tokens, `effort` a word of the public APIs.
public record ReasoningAsk(Mode mode, @Nullable Integer budget, @Nullable String effort) {
    /// Nothing asked for.
    public static final ReasoningAsk NONE = new ReasoningAsk(Mode.UNTOLD, null, null);

    private static final String EFFORT = "reasoning_effort";

    /// Whether to reason at all.
    public enum Mode {
        /// Not told: the engine's own default.
        UNTOLD,
        /// It shall.
        ON,
        /// It shall not.
        OFF
    }

    /// Writes it in the engine's form; nothing for a model that does not reason.
    public void apply(ObjectNode body, EngineKind kind, Quirks quirks) {
        if (!quirks.reasoning()) {
            return;
        }
        switch (kind) {
            case LLAMA_SERVER -> llama(body);
            case MISTRALRS -> {
                if (mode != Mode.UNTOLD) {
                    body.put("enable_thinking", mode == Mode.ON);
                }
            }
            case GENERIC -> {}
        }
        // mistral.rs refuses an effort for a model that shall not reason as a contradiction.
        if (mode != Mode.OFF && effort != null) {
            effort(body, effort, highest(kind, quirks));
        }
    }

    private void llama(ObjectNode body) {
        if (mode != Mode.UNTOLD) {
            thinkingSwitch(body, mode == Mode.ON);
        }
        if (mode == Mode.ON && budget != null) {
            int most = body.path("max_tokens").asInt(Integer.MAX_VALUE);
            body.put("thinking_budget_tokens", Math.max(0, Math.min(budget, most - 1)));
        }
    }

    /// llama-server's switch, an argument of the chat template.
    public static void thinkingSwitch(ObjectNode body, boolean on) {
        body.putObject("chat_template_kwargs").put("enable_thinking", on);
    }

    /// The highest effort a model can be asked for: templates know three efforts and mistral.rs a
    /// fourth, whatever else is said of the model.
    public static Effort highest(EngineKind kind, Quirks quirks) {
        boolean mistralrs = kind == EngineKind.MISTRALRS;
        Effort most = mistralrs ? Effort.XHIGH : Effort.HIGH;
        Effort said = quirks.maxEffort();
        if (said == null) {
            return most;
        }
        return mistralrs && said.compareTo(most) > 0 ? most : said;
    }

    /// A word that is none is not passed on.
    private static void effort(ObjectNode body, String word, Effort highest) {
        Effort asked =
                switch (word) {
                    case "minimal", "low" -> Effort.LOW;
                    case "medium" -> Effort.MEDIUM;
                    case "high" -> Effort.HIGH;
                    case "xhigh" -> Effort.XHIGH;
                    case "max" -> Effort.MAX;
                    default -> null;
                };
        if (asked != null) {
            Effort sent = asked.compareTo(highest) > 0 ? highest : asked;
            body.put(EFFORT, sent.name().toLowerCase(Locale.ROOT));
        }
    }
}
