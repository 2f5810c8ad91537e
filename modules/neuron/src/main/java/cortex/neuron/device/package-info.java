/// The host's accelerators, whoever made them: the last reading of each vendor's, kept fresh by a
/// thread of its own, and one index space over all. Owns those readings. Knows no vendor: each is a
/// {@link cortex.neuron.device.DeviceProbe}.
///
/// Used by: neuron, neuron.api, neuron.device.vendor, neuron.harness, neuron.harness.remote,
/// neuron.memory, neuron.replica.
@NullMarked
package cortex.neuron.device;

import org.jspecify.annotations.NullMarked;
