package cortex.core.dialect.responses.request;

import cortex.core.dialect.chat.ChatJson;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A Responses request in the engine's form, and what of it the answer depends on.
///
/// @param chat the chat completions request, always streamed: an answer that is not wanted as a
///   stream is gathered from one, so that leaving cancels the engine's work
/// @param model the model's name as the client asked for it; the answer repeats it
/// @param stream whether the client wants a stream
/// @param tools what the engine's tool names stand for
/// @param usedCallIds the ids of the tool calls in the history, which the answer must not use again
/// @param singleTool whether the answer must be cut to its first tool call, as the engine cannot be
///   told
/// @param echo the request's settings as the response object repeats them
/// @param estimatedTokens a guess at the prompt's tokens
/// @param sessionId the client's session, for affinity
/// @param dropped what was left out, by type, for the log
public record TranslatedResponses(
        ObjectNode chat,
        String model,
        boolean stream,
        ToolNames tools,
        Set<String> usedCallIds,
        boolean singleTool,
        ObjectNode echo,
        long estimatedTokens,
        @Nullable String sessionId,
        List<String> dropped) {
    public TranslatedResponses {
        usedCallIds = Set.copyOf(usedCallIds);
        dropped = List.copyOf(dropped);
    }

    /// The chat completions request as JSON in UTF-8.
    public byte[] body() {
        return ChatJson.bytes(chat);
    }
}
