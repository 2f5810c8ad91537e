/// The fleet's secret: how a gateway signs what it asks of a neuron, how a neuron checks it, and
/// how its answer proves who it is (docs/adr/0005). Owns the nonces that were seen. May use
/// cortex.core; called by the gateway's clients and the neuron's API.
@NullMarked
package cortex.relay.fleetkey;

import org.jspecify.annotations.NullMarked;
