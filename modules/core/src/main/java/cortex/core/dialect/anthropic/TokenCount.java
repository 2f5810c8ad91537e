package cortex.core.dialect.anthropic;

import cortex.core.dialect.anthropic.request.MessagesRequest;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.TokenEstimate;
import cortex.core.dialect.chat.request.Target;
import cortex.core.engine.EngineApi;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Counting a request's prompt: which question to ask which engine, what its answer says, and a
/// guess for when none can be asked.
///
/// @param path the engine's path below `/v1` to post `body` to, or null when this engine cannot
///   count
/// @param body the question in the engine's form
/// @param estimate the guess, at least 1
public record TokenCount(@Nullable String path, ObjectNode body, long estimate) {
    /// llama-server applies the chat template and counts images.
    private static final String CHAT = "/chat/completions/input_tokens";

    /// mistral.rs counts only what comes in Anthropic's own form.
    private static final String MESSAGES = "/messages/count_tokens";

    /// The question for a `count_tokens` request.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with the request
    public static TokenCount of(byte[] request, Target target) {
        return of(MessagesRequest.prompt(request, target), target.api());
    }

    /// The question for a chat request's prompt.
    public static TokenCount of(ObjectNode chat, EngineApi api) {
        long estimate = TokenEstimate.of(chat);
        return switch (api.counting()) {
            case CHAT -> new TokenCount(CHAT, chat, estimate);
            case MESSAGES -> new TokenCount(MESSAGES, PlainMessages.of(chat), estimate);
            case NONE -> new TokenCount(null, chat, estimate);
        };
    }

    /// The question's body as JSON in UTF-8.
    public byte[] question() {
        return ChatJson.bytes(body);
    }

    /// The count in an engine's answer; null when there is none.
    public static @Nullable Long answer(byte[] said) {
        JsonNode answer = ChatJson.parse(new String(said, StandardCharsets.UTF_8));
        JsonNode count = answer == null ? ChatJson.object() : answer.path("input_tokens");
        boolean usable = count.isIntegralNumber() && count.canConvertToLong();
        return usable && count.asLong() >= 0 ? count.asLong() : null;
    }

    /// The body for the client.
    public static byte[] render(long tokens) {
        return ChatJson.bytes(ChatJson.object().put("input_tokens", tokens));
    }
}
