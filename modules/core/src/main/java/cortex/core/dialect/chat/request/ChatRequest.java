package cortex.core.dialect.chat.request;

import cortex.core.dialect.chat.ChatJson;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A request in the engine's form, and what of it the answer depends on.
///
/// @param body the chat completions request, always streamed: an answer that is not wanted as a
///   stream is gathered from one, so that leaving cancels the engine's work
/// @param dropped what was left out, by type or field, for the log
public record ChatRequest(
        ObjectNode body, Client client, AnswerInputs answerInputs, List<String> dropped) {
    public ChatRequest {
        dropped = List.copyOf(dropped);
    }

    /// What the client said of itself and of how it wants the answer.
    ///
    /// @param model the model's name as the client asked for it; the answer repeats it
    /// @param stream whether the client wants a stream
    /// @param sessionId the client's session, for affinity
    public record Client(String model, boolean stream, @Nullable String sessionId) {}

    /// What of the request its answer depends on.
    ///
    /// @param usedToolIds the ids of the tool calls in the history, which the answer must not use
    ///   again
    /// @param singleTool whether the answer must be cut to its first tool call, as the engine
    ///   cannot be told
    /// @param prefill the beginning of the answer that the request already holds, which engines say
    ///   once more and the public APIs do not; empty when none
    /// @param estimatedTokens a guess at the prompt's tokens
    public record AnswerInputs(
            Set<String> usedToolIds, boolean singleTool, String prefill, long estimatedTokens) {
        public AnswerInputs {
            usedToolIds = Set.copyOf(usedToolIds);
        }
    }

    /// The body as JSON in UTF-8.
    public byte[] bytes() {
        return ChatJson.bytes(body);
    }

    /// The same without its body, of which only the text is kept.
    public ChatRequest withoutBody() {
        return new ChatRequest(ChatJson.object(), client, answerInputs, dropped);
    }
}
