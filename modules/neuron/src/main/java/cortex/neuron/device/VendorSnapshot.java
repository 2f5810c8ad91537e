package cortex.neuron.device;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The last reading of one vendor's devices, with the node's indexes. `devices` stay listed while
/// they cannot be read, with null memory; `processes` is null when the driver does not tell; `age`
/// is the time since the numbers were measured and `begunNanos` (monotonic) when their measuring
/// began, null before the first reading; `note` says why devices cannot be read, when they cannot.
public record VendorSnapshot(
        List<Device> devices,
        @Nullable List<ProcessMemory> processes,
        @Nullable String note,
        @Nullable Duration age,
        @Nullable Long begunNanos) {
    public VendorSnapshot {
        devices = List.copyOf(devices);
        processes = processes == null ? null : List.copyOf(processes);
    }

    boolean hasAny(Collection<Integer> indexes) {
        return devices.stream().anyMatch(device -> indexes.contains(device.info().index()));
    }

    /// Tells whether the memory of any of its devices is known now.
    boolean measured() {
        return devices.stream().anyMatch(device -> device.health().vramUsedMb() != null);
    }
}
