package cortex.core.dialect.anthropic.request;

import cortex.core.dialect.chat.request.ChatRequest;

/// A Messages request in the engine's form.
///
/// @param chat the engine's request, and what every answer to it must keep to
/// @param prewarm whether the request only fills the cache and wants an empty answer
public record TranslatedRequest(ChatRequest chat, boolean prewarm) {}
