/// TLS from PEM files that are read again when they change: for a server, and for the clients that
/// ask one. Owns what it read last. May use Helidon's PEM reader; called by whoever starts a server
/// or makes a client.
@NullMarked
package cortex.relay.tls;

import org.jspecify.annotations.NullMarked;
