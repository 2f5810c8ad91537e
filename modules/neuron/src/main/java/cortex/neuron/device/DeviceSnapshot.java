package cortex.neuron.device;

import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The last reading as others see it. `devices` stay listed while they cannot be read, with null
/// memory; `age` is the time since the numbers were measured and `begunNanos` (monotonic) when
/// their measuring began, null before the first reading; `note` says why devices cannot be read,
/// when they cannot.
public record DeviceSnapshot(
        List<Device> devices,
        @Nullable String driverVersion,
        @Nullable String cudaVersion,
        @Nullable List<ProcessMemory> processes,
        @Nullable String note,
        @Nullable Duration age,
        @Nullable Long begunNanos) {
    public DeviceSnapshot {
        devices = List.copyOf(devices);
        processes = processes == null ? null : List.copyOf(processes);
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
        List<ProcessMemory> found = of(pids);
        return found.isEmpty() ? null : found.stream().mapToLong(ProcessMemory::mb).sum();
    }

    /// The same for each of `devices`, in their order; null when it is not known of every process
    /// on which device its memory is.
    public @Nullable List<Long> usedMb(Collection<Long> pids, List<Integer> devices) {
        List<ProcessMemory> found = of(pids);
        if (found.isEmpty() || found.stream().anyMatch(one -> one.device() == null)) {
            return null;
        }
        return devices.stream()
                .map(index -> sum(found.stream().filter(one -> index.equals(one.device()))))
                .toList();
    }

    /// The memory of a device that is not free, in MiB, but for what processes other than `pids`
    /// hold; null when it cannot be read.
    public @Nullable Long withoutOthersMb(int device, Set<Long> pids) {
        Long used = usedMb(device);
        List<ProcessMemory> all = processes;
        if (used == null || all == null) {
            return null;
        }
        return used
                - sum(
                        all.stream()
                                .filter(one -> !pids.contains(one.pid()))
                                .filter(one -> Integer.valueOf(device).equals(one.device())));
    }

    /// The memory of a device that is not free, in MiB, whoever holds it; null when it cannot be
    /// read.
    public @Nullable Long usedMb(int device) {
        for (Device one : devices) {
            if (one.info().index() == device) {
                return one.health().vramUsedMb();
            }
        }
        return null;
    }

    /// What each process holds of these devices together, in MiB by pid; null when that is not
    /// told.
    public @Nullable Map<Long, Long> byProcess(Collection<Integer> on) {
        List<ProcessMemory> all = processes;
        if (all == null) {
            return null;
        }
        Map<Long, Long> sums = new HashMap<>();
        all.stream()
                .filter(one -> on.contains(one.device()))
                .forEach(one -> sums.merge(one.pid(), one.mb(), Long::sum));
        return sums;
    }

    private List<ProcessMemory> of(Collection<Long> pids) {
        List<ProcessMemory> all = processes;
        if (all == null) {
            return List.of();
        }
        Set<Long> wanted = new HashSet<>(pids);
        return all.stream().filter(one -> wanted.contains(one.pid())).toList();
    }

    private static long sum(Stream<ProcessMemory> some) {
        return some.mapToLong(ProcessMemory::mb).sum();
    }
}
