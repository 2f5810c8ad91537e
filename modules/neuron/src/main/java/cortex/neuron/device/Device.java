package cortex.neuron.device;

import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;

/// One accelerator at one moment: what it is and how it does.
public record Device(DeviceInfo info, DeviceHealth health) {
    /// The same with `first` added to its index.
    Device from(int first) {
        return new Device(
                new DeviceInfo(
                        first + info.index(),
                        info.vendor(),
                        info.name(),
                        info.uuid(),
                        info.vramTotalMb(),
                        info.memory(),
                        info.capability()),
                new DeviceHealth(
                        first + health.index(),
                        health.vramUsedMb(),
                        health.vramFreeMb(),
                        health.utilizationPct(),
                        health.tempC()));
    }

    /// The same with nothing known of how it does.
    Device unread() {
        return new Device(info, new DeviceHealth(info.index(), null, null, null, null));
    }
}
