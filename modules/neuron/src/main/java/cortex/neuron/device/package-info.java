/// The host's accelerators: reading them with nvidia-smi (the command apart from its parser), and
/// the last reading, kept fresh by one thread. Owns that reading. May start processes; uses neither
/// engines nor HTTP. Called by the API (inventory, health), and, as a {@link
/// cortex.neuron.device.DeviceView}, by the harnesses and the measuring of replicas.
@NullMarked
package cortex.neuron.device;

import org.jspecify.annotations.NullMarked;
