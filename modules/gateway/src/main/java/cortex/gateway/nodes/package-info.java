/// Neurons as the gateway reaches them: {@link cortex.gateway.nodes.NeuronClient} asks, {@link
/// cortex.gateway.nodes.Poller} watches one neuron and tells the fleet what it says. Owns the
/// watchers' threads.
///
/// Used by: gateway, gateway.loading, gateway.proxy.
@NullMarked
package cortex.gateway.nodes;

import org.jspecify.annotations.NullMarked;
