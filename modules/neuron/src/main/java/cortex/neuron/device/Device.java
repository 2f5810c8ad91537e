package cortex.neuron.device;

import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;

/// One accelerator at one moment: what it is and how it does.
public record Device(DeviceInfo info, DeviceHealth health) {}
