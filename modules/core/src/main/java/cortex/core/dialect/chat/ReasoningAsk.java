package cortex.core.dialect.chat;

import cortex.core.engine.Effort;
import cortex.core.engine.EngineApi;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// How much the model is to reason; `budget` in tokens, `effort` a word of the public APIs.
public record ReasoningAsk(Mode mode, @Nullable Integer budget, @Nullable String effort) {
    /// Nothing asked for.
    public static final ReasoningAsk NONE = new ReasoningAsk(Mode.UNTOLD, null, null);

    private static final String EFFORT = "reasoning_effort";
    private static final String BUDGET = "thinking_budget_tokens";
    private static final String THINKING = "enable_thinking";

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
    public void apply(ObjectNode body, EngineApi api, Quirks quirks) {
        if (!quirks.reasoning().possible()) {
            return;
        }
        if (mode != Mode.UNTOLD) {
            turn(body, mode == Mode.ON, api);
        }
        if (mode == Mode.ON && budget != null && api.takesReasoningBudget()) {
            int most = body.path("max_tokens").asInt(Integer.MAX_VALUE);
            body.put(BUDGET, Math.max(0, Math.min(budget, most - 1)));
        }
        // mistral.rs refuses an effort for a model that shall not reason as a contradiction.
        if (mode != Mode.OFF && effort != null) {
            effort(body, effort, highest(api, quirks));
        }
    }

    /// Turns reasoning on or off, where the engine has a switch for it.
    private static void turn(ObjectNode body, boolean on, EngineApi api) {
        switch (api.reasoningSwitch()) {
            case TEMPLATE -> body.putObject("chat_template_kwargs").put(THINKING, on);
            case FIELD -> body.put(THINKING, on);
            case NONE -> {}
        }
    }

    /// Turns reasoning off, with no budget and no effort.
    public static void turnOff(ObjectNode body, EngineApi api) {
        body.remove(List.of(BUDGET, EFFORT));
        turn(body, false, api);
    }

    /// The highest effort a model can be asked for.
    public static Effort highest(EngineApi api, Quirks quirks) {
        Effort most = api.highestEffort();
        Effort said = Objects.requireNonNullElse(quirks.reasoning().maxEffort(), api.usualEffort());
        return said.compareTo(most) > 0 ? most : said;
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
