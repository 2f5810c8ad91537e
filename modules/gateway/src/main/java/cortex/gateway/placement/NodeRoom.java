package cortex.gateway.placement;

import cortex.core.catalogue.ComputeCapability;
import cortex.gateway.placement.eviction.Resident;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Is what a node has to offer, as far as it is known. `ram` stands for the host's memory as if it
/// were one more device. Memory is in MiB.
public record NodeRoom(
        String node,
        Condition condition,
        Set<String> harnesses,
        List<DeviceRoom> devices,
        DeviceRoom ram,
        List<Resident> residents) {
    /// The index that stands for the host's own memory.
    public static final int RAM = Resident.RAM;

    public NodeRoom {
        harnesses = Set.copyOf(harnesses);
        devices = List.copyOf(devices);
        residents = List.copyOf(residents);
    }

    /// Is whether a node takes loads, whatever its memory. `problem` says why nothing can be placed
    /// there now, null when all is well. A `draining` node keeps what it has and gets nothing more.
    /// `blind` says why its devices are not known, null when they are.
    public record Condition(
            boolean answered, @Nullable String problem, boolean draining, @Nullable String blind) {}

    /// Returns the device of an index, or the host's memory.
    ///
    /// @throws IllegalArgumentException when there is no such device
    public DeviceRoom device(int index) {
        if (index == RAM) {
            return ram;
        }
        for (DeviceRoom device : devices) {
            if (device.index() == index) {
                return device;
            }
        }
        throw new IllegalArgumentException(node + " has no device " + index);
    }

    /// Is one device: what it is, and its memory. `totalMb` and `capability` are null when unknown.
    /// An `instance` is a part of a GPU in MIG mode: a process that uses one sees no other device.
    /// No model is spread over devices of several vendors.
    public record DeviceRoom(
            int index,
            String vendor,
            String name,
            @Nullable Long totalMb,
            @Nullable ComputeCapability capability,
            boolean instance,
            Ledger memory) {
        /// Makes a whole device, of a vendor like all others of its node.
        public DeviceRoom(
                int index,
                String name,
                @Nullable Long totalMb,
                @Nullable ComputeCapability capability,
                Ledger memory) {
            this(index, "", name, totalMb, capability, false, memory);
        }

        /// Returns what a load may take now, negative when nothing or when that is not known.
        public long nowMb() {
            return memory.nowMb();
        }

        /// Returns what a load may take once all that is expected has come, negative when nothing
        /// or when that is not known.
        public long soonMb() {
            return memory.soonMb();
        }
    }

    /// Is a device's memory. `measuredMb` is free as the driver says, null when unknown;
    /// `reservedMb` is promised to loads that have not taken it yet; `comingMb` is expected to
    /// become free without anybody doing anything (unloads under way, reservations already measured
    /// as taken); `claimedMb` is what older waiting requests are going to take of all that;
    /// `headroomMb` is always left alone.
    public record Ledger(
            @Nullable Long measuredMb,
            long reservedMb,
            long comingMb,
            long claimedMb,
            long headroomMb) {
        private static final long NOTHING = -1;

        long nowMb() {
            Long measured = measuredMb;
            return measured == null
                    ? NOTHING
                    : Math.min(measured - reservedMb - headroomMb, soonMb());
        }

        long soonMb() {
            Long measured = measuredMb;
            return measured == null
                    ? NOTHING
                    : measured - reservedMb + comingMb - claimedMb - headroomMb;
        }
    }
}
