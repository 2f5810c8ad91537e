package cortex.neuron.device;

import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The last reading as others see it. `devices` stay listed while they cannot be read, with null
/// memory; `age` is the time since the numbers were measured, null before the first reading; `note`
/// says why devices cannot be read, when they cannot.
public record DeviceSnapshot(
        List<Device> devices,
        @Nullable String driverVersion,
        @Nullable String cudaVersion,
        @Nullable Map<Long, Long> processMb,
        @Nullable String note,
        @Nullable Duration age) {
    public DeviceSnapshot {
        devices = List.copyOf(devices);
        processMb = processMb == null ? null : Map.copyOf(processMb);
    }

    /// What the devices are.
    public List<DeviceInfo> infos() {
        return devices.stream().map(Device::info).toList();
    }

    /// How the devices do.
    public List<DeviceHealth> healths() {
        return devices.stream().map(Device::health).toList();
    }

    /// The device memory the given processes hold together, in MiB; null when the driver tells of
    /// none of them (no device memory, or process ids hidden by a container).
    public @Nullable Long usedMb(Collection<Long> pids) {
        Map<Long, Long> byPid = processMb;
        if (byPid == null) {
            return null;
        }
        List<Long> found =
                pids.stream().distinct().map(byPid::get).filter(Objects::nonNull).toList();
        return found.isEmpty() ? null : found.stream().mapToLong(Long::longValue).sum();
    }
}
