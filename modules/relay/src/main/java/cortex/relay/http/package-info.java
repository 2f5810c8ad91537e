/// The HTTP server edge: how each program's server is set up, how a client's leaving is noticed,
/// how the server's own errors are rendered. Owns each connection's read side.
///
/// Used by: cli, gateway, neuron, neuron.api, relay.door, relay.guard.
@NullMarked
package cortex.relay.http;

import org.jspecify.annotations.NullMarked;
