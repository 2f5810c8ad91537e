package cortex.core.dialect.responses.request;

import cortex.core.dialect.chat.request.ChatRequest;
import tools.jackson.databind.node.ObjectNode;

/// A Responses request in the engine's form.
///
/// @param chat the engine's request, and what every answer to it must keep to
/// @param tools what the engine's tool names stand for
/// @param echo the request's settings as the response object repeats them
public record TranslatedResponses(ChatRequest chat, ToolNames tools, ObjectNode echo) {}
