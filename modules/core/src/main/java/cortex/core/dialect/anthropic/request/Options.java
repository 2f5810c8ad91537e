package cortex.core.dialect.anthropic.request;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.ReasoningAsk;
import cortex.core.dialect.chat.request.ChatPrompt;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The request's options apart from messages and tools: length, stops, sampling, reasoning, the
/// form of the output.
final class Options {
    private Options() {}

    /// The number of tokens the answer may have: what was asked for, at most what the model can;
    /// null when neither is known.
    static @Nullable Integer maxTokens(JsonNode request, ChatPrompt prompt) {
        JsonNode asked = request.path("max_tokens");
        if (asked.isMissingNode() || asked.isNull()) {
            return prompt.target().quirks().maxOutputTokens();
        }
        if (!asked.isIntegralNumber() || asked.decimalValue().signum() < 0) {
            throw ChatJson.bad(
                    "max_tokens: Input should be a whole number, 0 or more", "max_tokens");
        }
        return prompt.atMost(asked);
    }

    /// Copies stops and sampling; never adds any.
    static void sampling(JsonNode request, ObjectNode body) {
        JsonNode stops = request.path("stop_sequences");
        if (!stops.isMissingNode() && !stops.isNull()) {
            stops(stops, body);
        }
        for (String name : new String[] {"temperature", "top_p", "top_k"}) {
            JsonNode value = request.path(name);
            if (value.isNumber()) {
                body.set(name, value);
            } else if (ChatJson.has(request, name)) {
                throw ChatJson.bad(name + ": Input should be a valid number", name);
            }
        }
    }

    private static void stops(JsonNode stops, ObjectNode body) {
        ArrayNode kept = ChatJson.array();
        boolean strings = stops.isArray();
        for (JsonNode stop : stops) {
            strings &= stop.isString();
            if (!stop.asString("").isEmpty()) {
                kept.add(stop);
            }
        }
        if (!strings) {
            throw ChatJson.bad(
                    "stop_sequences: Input should be a list of strings", "stop_sequences");
        }
        if (!kept.isEmpty()) {
            body.set("stop", kept);
        }
    }

    /// What `thinking` and `output_config.effort` ask for.
    static ReasoningAsk reasoning(JsonNode request) {
        JsonNode thinking = request.path("thinking");
        String effort = ChatJson.string(request.path("output_config"), "effort");
        JsonNode budget = thinking.path("budget_tokens");
        return switch (ChatJson.stringOrEmpty(thinking, "type")) {
            case "disabled" -> new ReasoningAsk(ReasoningAsk.Mode.OFF, null, effort);
            case "enabled" ->
                    new ReasoningAsk(
                            ReasoningAsk.Mode.ON,
                            budget.canConvertToInt() && budget.isIntegralNumber()
                                    ? Integer.valueOf(budget.asInt())
                                    : null,
                            effort);
            default -> new ReasoningAsk(ReasoningAsk.Mode.UNTOLD, null, effort);
        };
    }

    /// Copies the form that the output must have.
    static void format(JsonNode request, ChatPrompt prompt) {
        JsonNode config = request.path("output_config");
        boolean now = ChatJson.has(config, "format");
        boolean before = ChatJson.has(request, "output_format");
        if (now && before) {
            throw ChatJson.bad(
                    "output_format and output_config.format cannot both be given", "output_config");
        }
        JsonNode format = now ? config.path("format") : request.path("output_format");
        if (!now && !before) {
            return;
        }
        if (!ChatJson.stringOrEmpty(format, "type").equals("json_schema")
                || !format.path("schema").isObject()) {
            throw ChatJson.bad(
                    "output_config.format: Input should be a json_schema with its schema",
                    "output_config");
        }
        prompt.schema("output", true, format.path("schema"));
    }
}
