/// The host's accelerators: reading them with nvidia-smi (the command apart from its parser), and
/// the last reading, kept fresh by one thread. Owns that reading. May start processes; uses neither
/// engines nor HTTP.
///
/// Used by: neuron, neuron.api, neuron.harness, neuron.harness.remote, neuron.memory,
/// neuron.replica.
@NullMarked
package cortex.neuron.device;

import org.jspecify.annotations.NullMarked;
