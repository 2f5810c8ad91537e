/// The byte relay: one exchange with an engine, its answer's body with idle timeout and
/// cancellation, and a pump for a body that goes to the client unchanged. Owns the exchange.
///
/// Used by: gateway, neuron, relay.door.
@NullMarked
package cortex.relay.pump;

import org.jspecify.annotations.NullMarked;
