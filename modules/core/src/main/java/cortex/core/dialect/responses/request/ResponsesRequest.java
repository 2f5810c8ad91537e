package cortex.core.dialect.responses.request;

import cortex.core.dialect.anthropic.request.Target;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.ChatMessages;
import cortex.core.dialect.chat.Conversation;
import cortex.core.dialect.chat.EngineKind;
import cortex.core.dialect.chat.Images;
import cortex.core.dialect.chat.ReasoningAsk;
import cortex.core.dialect.chat.TokenEstimate;
import cortex.core.dialect.chat.Turn;
import cortex.core.dialect.chat.tool.ToolAsk;
import cortex.core.failure.FailureException;
import java.util.HashSet;
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

    private ResponsesRequest(ObjectNode request, Target target) {
        this.request = request;
        this.target = target;
    }

    /// Translates a request's body.
    ///
    /// @throws FailureException with what is wrong with it
    public static TranslatedResponses translate(byte[] body, Target target) {
        return new ResponsesRequest(ChatJson.object(body), target).translated();
    }

    private TranslatedResponses translated() {
        refuseWhatCannotBe();
        Items.Read items =
                Items.read(
                        request.path("input"),
                        new Images(target.kind(), target.quirks(), target.transcoder()));
        Conversation conversation =
                Conversation.arrange(
                        ChatJson.stringOrEmpty(request, "instructions"),
                        items.turns(),
                        target.quirks());
        if (conversation.turns().isEmpty()) {
            throw ChatJson.bad("input: there is nothing to answer in it", "input");
        }
        if (conversation.endsWithAssistant() && target.kind() == EngineKind.MISTRALRS) {
            throw ChatJson.bad(
                    "input: this model cannot go on with an answer that has begun; the input must"
                            + " end with a user's message or a tool's output",
                    "input");
        }
        Tools.Read tools = Tools.read(request.path("tools"), target.quirks().stripSchemas());
        ToolAsk ask = Tools.choice(request, tools.names());
        ArrayNode offered = Tools.allowed(tools.tools(), request.path("tool_choice"));
        ObjectNode body = ChatJson.object().put("model", target.engineModel());
        body.set("messages", ChatMessages.of(conversation, target.kind(), target.quirks()));
        ask.apply(body, offered, target.kind(), conversation.hasCalls());
        options(body);
        reasoning(conversation, body);
        body.put("stream", true).putObject("stream_options").put("include_usage", true);
        Set<String> dropped = new TreeSet<>(items.dropped());
        dropped.addAll(tools.dropped());
        return new TranslatedResponses(
                body,
                ChatJson.stringOrEmpty(request, "model"),
                request.path("stream").asBoolean(false),
                tools.names(),
                callIds(conversation),
                !ask.parallel() && target.kind() != EngineKind.LLAMA_SERVER,
                echo(),
                TokenEstimate.of(body),
                ChatJson.string(request, "prompt_cache_key"),
                List.copyOf(dropped));
    }

    private void refuseWhatCannotBe() {
        for (String name : List.of("previous_response_id", "conversation", "prompt")) {
            if (ChatJson.has(request, name)) {
                throw ChatJson.bad(
                        name
                                + ": this server keeps nothing between requests; send the whole"
                                + " conversation as input",
                        name);
            }
        }
        if (request.path("background").asBoolean(false)) {
            throw ChatJson.bad("background: answers are made while you wait only", "background");
        }
    }

    private void options(ObjectNode body) {
        Integer most = maxTokens();
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
        format(request.path("text").path("format"), body);
    }

    private @Nullable Integer maxTokens() {
        Integer most = target.quirks().maxOutputTokens();
        JsonNode asked = request.path("max_output_tokens");
        if (!ChatJson.has(request, "max_output_tokens")) {
            return most;
        }
        if (!asked.isIntegralNumber() || asked.decimalValue().signum() <= 0) {
            throw ChatJson.bad(
                    "max_output_tokens: must be a whole number above 0", "max_output_tokens");
        }
        int limit = most == null ? Integer.MAX_VALUE : most;
        return asked.canConvertToInt() ? Math.min(asked.asInt(), limit) : limit;
    }

    private static void format(JsonNode format, ObjectNode body) {
        switch (ChatJson.stringOrEmpty(format, "type")) {
            case "json_object" -> body.putObject("response_format").put("type", "json_object");
            case "json_schema" -> {
                if (!format.path("schema").isObject()) {
                    throw ChatJson.bad("text.format.schema: must be an object", "text");
                }
                String name = ChatJson.stringOrEmpty(format, "name");
                body.putObject("response_format")
                        .put("type", "json_schema")
                        .putObject("json_schema")
                        .put("name", name.isEmpty() ? "output" : name)
                        .put("strict", format.path("strict").asBoolean(true))
                        .set("schema", format.path("schema"));
            }
            default -> {}
        }
    }

    private void reasoning(Conversation conversation, ObjectNode body) {
        String effort = ChatJson.string(request.path("reasoning"), "effort");
        boolean off = "none".equals(effort);
        ReasoningAsk ask =
                off
                        ? new ReasoningAsk(ReasoningAsk.Mode.OFF, null, null)
                        : new ReasoningAsk(ReasoningAsk.Mode.UNTOLD, null, effort);
        ask.apply(body, target.kind(), target.quirks());
        if (conversation.endsWithAssistant() && target.kind() == EngineKind.LLAMA_SERVER) {
            body.remove("reasoning_effort");
            ReasoningAsk.thinkingSwitch(body, false);
        }
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

    private static Set<String> callIds(Conversation conversation) {
        Set<String> ids = new HashSet<>();
        for (Turn turn : conversation.turns()) {
            if (turn instanceof Turn.Assistant assistant) {
                assistant.calls().forEach(call -> ids.add(call.id()));
            }
        }
        return ids;
    }
}
