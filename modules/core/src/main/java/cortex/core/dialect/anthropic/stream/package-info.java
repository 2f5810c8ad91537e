/// From an engine's chat completions stream to an Anthropic message, as events or as one body. Owns
/// one answer's state: which block is open, which tool calls wait. Pure. Fed by chat.answer; set up
/// by the gateway's spine.
@NullMarked
package cortex.core.dialect.anthropic.stream;

import org.jspecify.annotations.NullMarked;
