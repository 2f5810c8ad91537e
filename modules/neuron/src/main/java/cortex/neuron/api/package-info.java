/// The neuron's HTTP API: the control endpoints, which answer from memory whatever engines and
/// device tools are doing, and the relay door to the engines. Owns no state.
///
/// Used by: neuron.
@NullMarked
package cortex.neuron.api;

import org.jspecify.annotations.NullMarked;
