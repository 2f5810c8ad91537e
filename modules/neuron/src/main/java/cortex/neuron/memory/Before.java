package cortex.neuron.memory;

import cortex.neuron.device.DeviceSnapshot;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What was known of a replica's device memory before it left: the reading, its devices, its
/// processes, and what it held of each device, in MiB, null when unknown. Immutable.
record Before(
        DeviceSnapshot reading,
        List<Integer> devices,
        Set<Long> pids,
        @Nullable List<Long> heldMb) {
    Before {
        devices = List.copyOf(devices);
        pids = Set.copyOf(pids);
        heldMb = heldMb == null ? null : List.copyOf(heldMb);
    }

    /// What is left of `heldMb`, over all devices.
    record Left(long heldMb, long leftMb) {
        /// Whether three quarters are back, after which nobody should wait for the rest (as ollama
        /// does it: drivers keep something for the processes that remain).
        boolean back() {
            return leftMb * 4 <= heldMb;
        }

        long freedMb() {
            return heldMb - leftMb;
        }
    }

    /// Whether the driver named the replica's processes, so that what others take and give back
    /// meanwhile can be told from what this one does.
    boolean named() {
        return reading.usedMb(pids) != null;
    }

    /// Compares with a later reading; null when that cannot be told: a reading lacks the numbers,
    /// it is not known what was held, or (`alone` false) others of this node came or went on the
    /// same devices and the driver does not tell whose memory is whose.
    @Nullable Left left(DeviceSnapshot now, boolean alone) {
        List<Long> held = heldMb;
        boolean named = named() && now.processes(devices) != null;
        if (held == null || !(named || alone)) {
            return null;
        }
        long total = 0;
        long left = 0;
        for (int i = 0; i < devices.size(); i++) {
            int device = devices.get(i);
            Long was = named ? reading.withoutOthersMb(device, pids) : reading.usedMb(device);
            Long is = named ? now.withoutOthersMb(device, pids) : now.usedMb(device);
            if (was == null || is == null) {
                return null;
            }
            long own = held.get(i);
            total += own;
            left += Math.clamp(is - (was - own), 0, own);
        }
        return new Left(total, left);
    }
}
