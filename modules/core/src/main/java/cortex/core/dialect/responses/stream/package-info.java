/// From an engine's chat completions stream to an OpenAI response, as events or as one object. Owns
/// one answer's state: its items, which of them is open, which tool calls wait. Pure: no clock, so
/// whoever feeds it also tells it when a silence has lasted. Called by the gateway's spine.
@NullMarked
package cortex.core.dialect.responses.stream;

import org.jspecify.annotations.NullMarked;
