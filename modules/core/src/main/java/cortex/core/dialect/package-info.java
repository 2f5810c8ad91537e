/// What the public APIs and the engines say on the wire, as pure functions over bytes: reading what
/// a request asks for, watching a stream go by, counting tokens, framing server-sent events. Owns
/// no state beyond one stream's scanner. May use Jackson; opens no sockets. Called by the gateway's
/// spine, one sub-package per public API.
@NullMarked
package cortex.core.dialect;

import org.jspecify.annotations.NullMarked;
