/// Reads what ready engines tell of their models: out of their own answers and out of the arguments
/// they were started with.
///
/// Owns no state. Pure.
///
/// Used by: neuron.harness, neuron.harness.remote.
@NullMarked
package cortex.neuron.harness.traits;

import org.jspecify.annotations.NullMarked;
