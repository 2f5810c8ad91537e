package cortex.gateway.placement.eviction;

import java.util.List;

/// One replica on the node. `memoryMb` is what it holds of each of its `devices`, which are only
/// {@link #RAM} when it runs on the CPU. `pinned` is never unloaded to make room; `priority` is its
/// model's residency class.
public record Resident(
        long generation,
        String model,
        List<Integer> devices,
        List<Long> memoryMb,
        Activity activity,
        boolean pinned,
        int priority) {
    /// The index that stands for the host's own memory.
    public static final int RAM = -1;

    public Resident {
        devices = List.copyOf(devices);
        memoryMb = List.copyOf(memoryMb);
    }

    /// What a replica does now, and since when it was last used and loaded, in monotonic
    /// nanoseconds.
    public record Activity(Use use, long lastUsed, long loadedAt) {}

    /// Returns what it holds over all its devices.
    public long totalMb() {
        long total = 0;
        for (long mb : memoryMb) {
            total += mb;
        }
        return total;
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
}
