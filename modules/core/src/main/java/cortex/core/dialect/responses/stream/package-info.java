/// From an engine's chat completions stream to an OpenAI response, as events or as one object. Owns
/// one answer's state: its items, which of them is open, which tool calls wait. Pure.
///
/// Used by: gateway.serve.translate.
@NullMarked
package cortex.core.dialect.responses.stream;

import org.jspecify.annotations.NullMarked;
