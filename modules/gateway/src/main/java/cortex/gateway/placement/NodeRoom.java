package cortex.gateway.placement;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a node has to offer, as far as it is known. `problem` says why nothing can be placed there
/// now, whatever its memory; null when all is well. `ram` stands for the host's memory as if it
/// were one more device. Memory is in MiB.
public record NodeRoom(
        String node,
        boolean answered,
        @Nullable String problem,
        Set<String> harnesses,
        List<DeviceRoom> devices,
        DeviceRoom ram,
        List<Resident> residents) {
    /// The index that stands for the host's own memory.
    public static final int RAM = -1;

    public NodeRoom {
        harnesses = Set.copyOf(harnesses);
        devices = List.copyOf(devices);
        residents = List.copyOf(residents);
    }

    /// One device's memory. `measuredMb` is free as the driver says; `reservedMb` is promised to
    /// loads that have not taken it yet; `comingMb` is expected to become free without anybody
    /// doing anything (unloads under way, reservations already measured as taken); `claimedMb` is
    /// what older waiting requests are going to take of all that. Null is unknown.
    public record DeviceRoom(
            int index,
            String name,
            @Nullable Long totalMb,
            @Nullable Long measuredMb,
            long reservedMb,
            long comingMb,
            long claimedMb) {
        /// What a load may take now, or -1 when that is not known.
        public long nowMb() {
            Long measured = measuredMb;
            return measured == null ? -1 : Math.min(measured - reservedMb, soonMb());
        }

        /// What a load may take once all that is expected has come, or -1 when that is not known.
        public long soonMb() {
            Long measured = measuredMb;
            return measured == null ? -1 : measured - reservedMb + comingMb - claimedMb;
        }
    }

    /// What a replica on the node is doing, as far as its memory goes.
    public enum Use {
        /// Loaded, no request in flight: may be unloaded.
        IDLE,
        /// Loaded, requests in flight.
        BUSY,
        /// Being loaded.
        LOADING,
        /// Being unloaded: its memory is among what is coming.
        LEAVING
    }

    /// One replica on the node. `memoryMb` is what it holds of each of its devices; `devices` is
    /// only {@link #RAM} when it runs on the CPU. `pinned` is never unloaded to make room.
    /// `lastUsed` is monotonic nanoseconds.
    public record Resident(
            long generation,
            String model,
            List<Integer> devices,
            long memoryMb,
            Use use,
            boolean pinned,
            long lastUsed) {
        public Resident {
            devices = List.copyOf(devices);
        }

        /// Whether it may be unloaded now to make room.
        public boolean evictable() {
            return use == Use.IDLE && !pinned;
        }
    }
}
