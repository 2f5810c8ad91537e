package cortex.core.dialect.chat.request;

import cortex.core.dialect.JsonText;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.ChatMessages;
import cortex.core.dialect.chat.Conversation;
import cortex.core.dialect.chat.ReasoningAsk;
import cortex.core.dialect.chat.TokenEstimate;
import cortex.core.dialect.chat.Turn;
import cortex.core.dialect.chat.tool.ToolAsk;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A chat request while it is put together: at first what its prompt is made of, and nothing about
/// the answer. Options go into {@link #body} in between, {@link #streamed} ends it.
///
/// @param body the request so far
public record ChatPrompt(Target target, Conversation conversation, ToolAsk ask, ObjectNode body) {
    /// The fields that a prompt is rendered from.
    private static final List<String> PROMPT =
            List.of(
                    "model",
                    "messages",
                    "tools",
                    "tool_choice",
                    "chat_template_kwargs",
                    "reasoning_effort");

    /// How much of what was left out is told in the log.
    private static final int MOST_DROPPED = 32;

    private static final int LONGEST_DROPPED = 64;

    /// A request for the conversation's next turn, with `tools` in chat's form.
    public static ChatPrompt of(
            Target target, Conversation conversation, ToolAsk ask, ArrayNode tools) {
        ObjectNode body = ChatJson.object().put("model", target.engineModel());
        body.set("messages", ChatMessages.of(conversation, target.api(), target.quirks()));
        ask.apply(body, tools, target.api(), conversation.hasCalls());
        return new ChatPrompt(target, conversation, ask, body);
    }

    /// Refuses a request whose answer would go on with a turn that the conversation ends in where
    /// the engine cannot do that; `field` is where the conversation came from.
    ///
    /// @throws cortex.core.failure.FailureException in the words that clients know
    public void refusePrefill(String field) {
        if (conversation.endsWithAssistant() && !target.api().continuesAssistantTurn()) {
            throw ChatJson.bad(
                    field
                            + ": This model does not support assistant message prefill. The"
                            + " conversation must end with a user message or a tool's result.",
                    field);
        }
    }

    /// Writes how much the model is to reason: not at all where the engine goes on with the model's
    /// own turn only then.
    public void reasoning(ReasoningAsk reasoning) {
        reasoning.apply(body, target.api(), target.quirks());
        if (conversation.endsWithAssistant() && target.api().continuesWithoutReasoning()) {
            ReasoningAsk.turnOff(body, target.api());
        }
    }

    /// Writes the schema that the output must keep to.
    public void schema(String name, boolean strict, JsonNode schema) {
        body.putObject("response_format")
                .put("type", "json_schema")
                .putObject("json_schema")
                .put("name", name)
                .put("strict", strict)
                .set("schema", schema);
    }

    /// A number of tokens that was asked for, at most what the model can.
    ///
    /// @param asked a whole number
    public int atMost(JsonNode asked) {
        Integer most = target.quirks().maxOutputTokens();
        int limit = most == null ? Integer.MAX_VALUE : most;
        return asked.canConvertToInt() ? Math.min(asked.asInt(), limit) : limit;
    }

    /// The request, streamed. An engine that can is asked to tell how far it is with a long prompt,
    /// which keeps clients waiting and counts its tokens.
    public ChatRequest streamed(ChatRequest.Client client, Collection<String> dropped) {
        body.put("stream", true).putObject("stream_options").put("include_usage", true);
        if (target.api().reportsProgress()) {
            body.put("return_progress", true);
        }
        return new ChatRequest(
                body,
                client,
                new ChatRequest.AnswerInputs(
                        callIds(),
                        !ask.parallel() && !target.api().keepsToOneCall(),
                        conversation.prefill(),
                        TokenEstimate.of(body)),
                dropped.stream()
                        .limit(MOST_DROPPED)
                        .map(name -> JsonText.shorten(name, LONGEST_DROPPED))
                        .toList());
    }

    /// What of a chat request its prompt depends on, for counting its tokens.
    public static ObjectNode promptOf(ObjectNode chat) {
        ObjectNode prompt = ChatJson.object();
        for (String name : PROMPT) {
            @Nullable JsonNode value = chat.get(name);
            if (value != null) {
                prompt.set(name, value);
            }
        }
        return prompt;
    }

    private Set<String> callIds() {
        Set<String> ids = new HashSet<>();
        for (Turn turn : conversation.turns()) {
            if (turn instanceof Turn.Assistant assistant) {
                assistant.calls().forEach(call -> ids.add(call.id()));
            }
        }
        return ids;
    }
}
