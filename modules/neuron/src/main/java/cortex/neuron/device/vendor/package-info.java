/// The vendors' parts, side by side: each reads its own devices and says how an engine is bound to
/// them. {@link cortex.neuron.device.vendor.Vendors} lists them. NVIDIA's runs nvidia-smi (the
/// command apart from its parser), AMD's reads the kernel's files. May start processes; uses
/// neither engines nor HTTP. How to add one: docs/extending/device-vendor.md.
///
/// Used by: neuron, neuron.config.
@NullMarked
package cortex.neuron.device.vendor;

import org.jspecify.annotations.NullMarked;
