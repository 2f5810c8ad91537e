/// From an engine's chat completions stream to an Anthropic message, as events or as one body. Owns
/// one answer's state: which block is open, which tool calls wait, what it cost. Pure: no clock, so
/// whoever feeds it also tells it when a silence has lasted. Called by the gateway's spine.
@NullMarked
package cortex.core.dialect.anthropic.stream;

import org.jspecify.annotations.NullMarked;
