/// Relays a whole request to one engine, verbatim both ways: the neuron's door to its engines, and
/// the pieces of it that the gateway's spine shares. Owns nothing but the exchange it runs.
///
/// Used by: gateway.body, gateway.serve, neuron, neuron.api.
@NullMarked
package cortex.relay.door;

import org.jspecify.annotations.NullMarked;
