package cortex.core.dialect.anthropic.request;

import cortex.core.dialect.chat.ChatJson;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A request in the engine's form, and what of it the answer depends on.
///
/// @param chat the chat completions request, always streamed: an answer that is not wanted as a
///   stream is gathered from one, so that leaving cancels the engine's work
/// @param model the model's name as the client asked for it; the answer repeats it
/// @param stream whether the client wants a stream
/// @param usedToolIds the ids of the tool calls in the history, which the answer must not use again
/// @param singleTool whether the answer must be cut to its first tool call, as the engine cannot be
///   told
/// @param prewarm whether the request only fills the cache and wants an empty answer
/// @param prefill the beginning of the answer that the request already holds; empty when none
/// @param estimatedTokens a guess at the prompt's tokens
/// @param sessionId the client's session, for affinity
/// @param dropped what was left out, by type or field, for the log
public record TranslatedRequest(
        ObjectNode chat,
        String model,
        boolean stream,
        Set<String> usedToolIds,
        boolean singleTool,
        boolean prewarm,
        String prefill,
        long estimatedTokens,
        @Nullable String sessionId,
        List<String> dropped) {
    public TranslatedRequest {
        usedToolIds = Set.copyOf(usedToolIds);
        dropped = List.copyOf(dropped);
    }

    /// The chat completions request as JSON in UTF-8.
    public byte[] body() {
        return ChatJson.bytes(chat);
    }
}
