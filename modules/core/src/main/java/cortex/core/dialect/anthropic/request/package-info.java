/// From an Anthropic Messages request to the chat completions request of one engine: system text,
/// content blocks, tools, images and documents, sampling. Owns no state. Pure; {@link
/// cortex.core.dialect.anthropic.request.MessagesRequest} is the entry.
///
/// Used by: core.dialect.anthropic, gateway.serve.translate.
@NullMarked
package cortex.core.dialect.anthropic.request;

import org.jspecify.annotations.NullMarked;
