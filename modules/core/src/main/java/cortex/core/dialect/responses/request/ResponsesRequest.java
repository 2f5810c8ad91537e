package cortex.core.dialect.responses.request;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Conversation;
import cortex.core.dialect.chat.Growth;
import cortex.core.dialect.chat.Images;
import cortex.core.dialect.chat.ReasoningAsk;
import cortex.core.dialect.chat.request.ChatPrompt;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.chat.tool.ToolAsk;
import cortex.core.failure.FailureException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Translates OpenAI Responses requests. Nothing is kept between requests, so what refers to an
/// earlier one is refused; fields that mean nothing to an engine are ignored.
public final class ResponsesRequest {
    private static final List<String> ECHOED =
            List.of(
                    "instructions",
                    "max_output_tokens",
                    "metadata",
                    "reasoning",
                    "temperature",
                    "top_p",
                    "text",
                    "tools",
                    "tool_choice",
                    "parallel_tool_calls");

    private final ObjectNode request;
    private final Target target;
    private final Growth growth;

    private ResponsesRequest(byte[] body, Target target) {
        this.request = ChatJson.object(body);
        this.target = target;
        this.growth = Growth.of(body.length, request);
    }

    /// Translates a request's body.
    ///
    /// @throws FailureException with what is wrong with it
    public static TranslatedResponses translate(byte[] body, Target target) {
        return new ResponsesRequest(body, target).translated();
    }

    private TranslatedResponses translated() {
        refuseWhatCannotBe();
        Images images = target.images();
        Items.Read items = Items.read(request.path("input"), images);
        Conversation conversation =
                Conversation.arrange(
                        ChatJson.stringOrEmpty(request, "instructions"),
                        items.turns(),
                        target.quirks());
        if (conversation.turns().isEmpty()) {
            throw ChatJson.bad("input: there is nothing to answer in it", "input");
        }
        Tools.Read tools = Tools.read(request.path("tools"), target.quirks().stripSchemas());
        ToolAsk ask = Tools.choice(request, tools.names());
        ArrayNode offered = Tools.allowed(tools.tools(), request.path("tool_choice"));
        ChatPrompt prompt = ChatPrompt.of(target, conversation, ask, offered);
        prompt.refusePrefill("input");
        options(prompt);
        prompt.reasoning(reasoning());
        growth.check(prompt.body(), images);
        Set<String> dropped = new TreeSet<>(items.dropped());
        dropped.addAll(tools.dropped());
        var client =
                new ChatRequest.Client(
                        ChatJson.stringOrEmpty(request, "model"),
                        request.path("stream").asBoolean(false),
                        ChatJson.string(request, "prompt_cache_key"));
        return new TranslatedResponses(prompt.streamed(client, dropped), tools.names(), echo());
    }

    private void refuseWhatCannotBe() {
        for (String name : List.of("previous_response_id", "conversation", "prompt")) {
            if (ChatJson.has(request, name)) {
                throw ChatJson.bad(
                        name
                                + ": this server stores nothing between requests. Send the whole"
                                + " conversation as input",
                        name);
            }
        }
        if (ChatJson.has(request, "instructions") && !request.path("instructions").isString()) {
            throw ChatJson.bad("instructions: must be a string", "instructions");
        }
        if (request.path("background").asBoolean(false)) {
            throw ChatJson.bad("background: answers are made while you wait only", "background");
        }
    }

    private void options(ChatPrompt prompt) {
        ObjectNode body = prompt.body();
        Integer most = maxTokens(prompt);
        if (most != null) {
            body.put("max_tokens", most);
        }
        for (String name : List.of("temperature", "top_p")) {
            JsonNode value = request.path(name);
            if (value.isNumber()) {
                body.set(name, value);
            } else if (ChatJson.has(request, name)) {
                throw ChatJson.bad(name + ": must be a number", name);
            }
        }
        format(request.path("text").path("format"), prompt);
    }

    private @Nullable Integer maxTokens(ChatPrompt prompt) {
        JsonNode asked = request.path("max_output_tokens");
        if (!ChatJson.has(request, "max_output_tokens")) {
            return target.quirks().maxOutputTokens();
        }
        if (!asked.isIntegralNumber() || asked.decimalValue().signum() <= 0) {
            throw ChatJson.bad(
                    "max_output_tokens: must be a whole number above 0", "max_output_tokens");
        }
        return prompt.atMost(asked);
    }

    private static void format(JsonNode format, ChatPrompt prompt) {
        switch (ChatJson.stringOrEmpty(format, "type")) {
            case "json_object" ->
                    prompt.body().putObject("response_format").put("type", "json_object");
            case "json_schema" -> {
                if (!format.path("schema").isObject()) {
                    throw ChatJson.bad("text.format.schema: must be an object", "text");
                }
                String name = ChatJson.stringOrEmpty(format, "name");
                boolean strict = format.path("strict").asBoolean(true);
                prompt.schema(name.isEmpty() ? "output" : name, strict, format.path("schema"));
            }
            default -> {}
        }
    }

    private ReasoningAsk reasoning() {
        String effort = ChatJson.string(request.path("reasoning"), "effort");
        return "none".equals(effort)
                ? new ReasoningAsk(ReasoningAsk.Mode.OFF, null, null)
                : new ReasoningAsk(ReasoningAsk.Mode.UNTOLD, null, effort);
    }

    private ObjectNode echo() {
        ObjectNode echo = ChatJson.object();
        for (String name : ECHOED) {
            JsonNode value = request.path(name);
            echo.set(name, value.isMissingNode() ? ChatJson.NODES.nullNode() : value);
        }
        orElse(echo, "metadata", ChatJson.object());
        orElse(echo, "tools", ChatJson.array());
        orElse(echo, "tool_choice", ChatJson.NODES.stringNode("auto"));
        orElse(echo, "parallel_tool_calls", ChatJson.NODES.booleanNode(true));
        return echo.put("store", false).put("truncation", "disabled");
    }

    private static void orElse(ObjectNode echo, String name, JsonNode value) {
        if (!ChatJson.has(echo, name)) {
            echo.set(name, value);
        }
    }
}
