/// TLS from PEM files that are read again when they change: for a server, and for the clients that
/// ask one. Owns what it read last.
///
/// Used by: cli.terminal, gateway.config, gateway.nodes, neuron, neuron.config, relay.connection,
/// relay.http, relay.pump.
@NullMarked
package cortex.relay.tls;

import org.jspecify.annotations.NullMarked;
