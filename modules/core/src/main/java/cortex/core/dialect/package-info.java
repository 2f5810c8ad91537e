/// What the public APIs and the engines say on the wire, as pure functions over bytes: reading what
/// a request asks for, watching a stream go by, counting tokens, framing server-sent events. Owns
/// no state beyond one stream's scanner. Opens no sockets.
///
/// Used by: core.dialect.anthropic.request, core.dialect.chat, core.dialect.chat.answer,
/// core.dialect.chat.request, core.dialect.chat.stream, core.dialect.chat.tool, core.dialect.form,
/// core.dialect.openai, core.dialect.openai.parts, core.dialect.responses.request, gateway,
/// relay.door.
@NullMarked
package cortex.core.dialect;

import org.jspecify.annotations.NullMarked;
