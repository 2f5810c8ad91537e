/// The fleet's secret: how a gateway signs what it asks of a neuron, how a neuron checks it, and
/// how its answer proves who it is (docs/adr/0005). Owns the nonces that were seen.
///
/// Used by: gateway.config, gateway.nodes, neuron.
@NullMarked
package cortex.relay.fleetkey;

import org.jspecify.annotations.NullMarked;
