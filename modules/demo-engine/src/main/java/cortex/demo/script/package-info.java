/// What a request asks for and what the engine shall do about it, as values: the prompt as read,
/// the script its directives describe, the pieces generated one per token. Pure; no sockets, no
/// clock.
///
/// Used by: demo.flags, demo.llama, demo.mistralrs, demo.work.
@NullMarked
package cortex.demo.script;

import org.jspecify.annotations.NullMarked;
