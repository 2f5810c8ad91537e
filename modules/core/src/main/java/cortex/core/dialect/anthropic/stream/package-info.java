/// From an engine's chat completions stream to an Anthropic message, as events or as one body. Owns
/// one answer's state: which block is open, which tool calls wait. Pure.
///
/// Used by: gateway.serve.translate.
@NullMarked
package cortex.core.dialect.anthropic.stream;

import org.jspecify.annotations.NullMarked;
