/// What a request asks for and what the engine shall do about it, as values: the prompt as read,
/// the script its directives describe, the pieces generated one per token. Pure; no sockets, no
/// clock. May use Jackson's tree.
///
/// Used by: engine, engine.flags, engine.llama, engine.mistralrs, engine.work.
@NullMarked
package cortex.engine.script;

import org.jspecify.annotations.NullMarked;
