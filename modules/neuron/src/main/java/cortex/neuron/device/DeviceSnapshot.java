package cortex.neuron.device;

import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The last reading of all vendors' devices, in one index space.
public record DeviceSnapshot(List<VendorSnapshot> vendors) {
    public DeviceSnapshot {
        vendors = List.copyOf(vendors);
    }

    private Stream<Device> devices() {
        return vendors.stream().flatMap(vendor -> vendor.devices().stream());
    }

    /// What the devices are.
    public List<DeviceInfo> infos() {
        return devices().map(Device::info).toList();
    }

    /// How the devices do.
    public List<DeviceHealth> healths() {
        return devices().map(Device::health).toList();
    }

    /// Returns why devices cannot be read, in the probes' words; null when there is nothing to say.
    public @Nullable String note() {
        List<String> notes =
                vendors.stream()
                        .map(VendorSnapshot::note)
                        .filter(Objects::nonNull)
                        .distinct()
                        .toList();
        return notes.isEmpty() ? null : String.join(" ", notes);
    }

    /// Returns the time since the oldest of the numbers that count was measured; null when devices
    /// were never read yet.
    public @Nullable Duration age() {
        List<VendorSnapshot> measured = vendors.stream().filter(VendorSnapshot::measured).toList();
        Duration oldest = null;
        for (VendorSnapshot one : measured.isEmpty() ? vendors : measured) {
            Duration age = one.age();
            if (age == null) {
                return null;
            }
            oldest = oldest == null || age.compareTo(oldest) > 0 ? age : oldest;
        }
        return oldest;
    }

    /// Returns when the measuring of these devices began (monotonic), the oldest where vendors
    /// differ; null when one of their vendors was never read or none of them is known.
    public @Nullable Long begunNanos(Collection<Integer> of) {
        Long oldest = null;
        for (VendorSnapshot one : vendors(of)) {
            Long begun = one.begunNanos();
            if (begun == null) {
                return null;
            }
            oldest = oldest == null || begun - oldest < 0 ? begun : oldest;
        }
        return oldest;
    }

    /// Returns what processes hold of these devices and of others of their vendors; null when a
    /// driver does not tell.
    public @Nullable List<ProcessMemory> processes(Collection<Integer> of) {
        List<ProcessMemory> all = new ArrayList<>();
        List<VendorSnapshot> theirs = vendors(of);
        for (VendorSnapshot one : theirs) {
            List<ProcessMemory> told = one.processes();
            if (told == null) {
                return null;
            }
            all.addAll(told);
        }
        return theirs.isEmpty() ? null : all;
    }

    private List<VendorSnapshot> vendors(Collection<Integer> of) {
        return vendors.stream().filter(vendor -> vendor.hasAny(of)).toList();
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
        List<ProcessMemory> all = processes(List.of(device));
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
        for (DeviceHealth one : healths()) {
            if (one.index() == device) {
                return one.vramUsedMb();
            }
        }
        return null;
    }

    /// What each process holds of these devices together, in MiB by pid; null when that is not
    /// told.
    public @Nullable Map<Long, Long> byProcess(Collection<Integer> on) {
        List<ProcessMemory> all = processes(on);
        if (all == null) {
            return null;
        }
        Map<Long, Long> sums = new HashMap<>();
        all.stream()
                .filter(one -> one.device() != null && on.contains(one.device()))
                .forEach(one -> sums.merge(one.pid(), one.mb(), Long::sum));
        return sums;
    }

    private List<ProcessMemory> of(Collection<Long> pids) {
        Set<Long> wanted = new HashSet<>(pids);
        return vendors.stream()
                .map(VendorSnapshot::processes)
                .filter(Objects::nonNull)
                .flatMap(List::stream)
                .filter(one -> wanted.contains(one.pid()))
                .toList();
    }

    private static long sum(Stream<ProcessMemory> some) {
        return some.mapToLong(ProcessMemory::mb).sum();
    }
}
