/// The lines of event streams: where each ends, however the network cut the stream, and which field
/// it is. Owns a line that has not ended. Pure, and makes no object for a line.
///
/// Used by: core.dialect, core.dialect.chat.stream, core.dialect.openai.parts.
@NullMarked
package cortex.core.dialect.sse;

import org.jspecify.annotations.NullMarked;
