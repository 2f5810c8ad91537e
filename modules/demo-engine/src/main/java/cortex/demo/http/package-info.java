/// The demo engine's own HTTP/1.1 edge on plain sockets. It owns the connections. It is separate
/// from the edge of the other programs because an engine's misbehaviour has to be reproduced that a
/// well-behaved server library does not offer: a head long before the body, a cut without an end, a
/// reset, an engine's keep-alive limits.
///
/// Used by: demo, demo.llama, demo.mistralrs, demo.work.
@NullMarked
package cortex.demo.http;

import org.jspecify.annotations.NullMarked;
