/// The byte relay: one exchange with an engine and the pump that moves its bytes to the client as
/// they come, with idle timeout, cancellation and a tap. Owns the exchange. May use java.net.http.
///
/// Used by: gateway, neuron, relay.door.
@NullMarked
package cortex.relay.pump;

import org.jspecify.annotations.NullMarked;
