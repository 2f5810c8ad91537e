/// A server's connections before and between requests: the listener that never gives up, who may
/// have how many, how long each may keep the server waiting, and the reading of request heads and
/// bodies in bounded memory. Knows sockets and bytes, neither routes nor answers.
///
/// Used by: gateway, gateway.config, neuron, neuron.config, relay.http.
@NullMarked
package cortex.relay.connection;

import org.jspecify.annotations.NullMarked;
