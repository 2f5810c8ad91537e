package cortex.core.node;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// `GET /health`: how the host is. `ramFreeMb` is the memory a new process could get
/// (MemAvailable); `readingAgeSecs` is how old the device readings are, null before the first;
/// `unloads` is null from a neuron that does not count them, `restarting` from one that stays, or
/// does not tell.
public record NodeHealth(
        long uptimeSecs,
        List<DeviceHealth> devices,
        @Nullable Long ramFreeMb,
        @Nullable Long readingAgeSecs,
        List<HarnessHealth> harnesses,
        @Nullable UnloadCounts unloads,
        @Nullable Restarting restarting) {
    public NodeHealth {
        devices = devices == null ? List.of() : List.copyOf(devices);
        harnesses = harnesses == null ? List.of() : List.copyOf(harnesses);
    }

    /// A host of whose harnesses nothing is known.
    public NodeHealth(
            long uptimeSecs,
            List<DeviceHealth> devices,
            @Nullable Long ramFreeMb,
            @Nullable Long readingAgeSecs) {
        this(uptimeSecs, devices, ramFreeMb, readingAgeSecs, List.of(), null);
    }

    /// A host whose neuron stays.
    public NodeHealth(
            long uptimeSecs,
            List<DeviceHealth> devices,
            @Nullable Long ramFreeMb,
            @Nullable Long readingAgeSecs,
            List<HarnessHealth> harnesses,
            @Nullable UnloadCounts unloads) {
        this(uptimeSecs, devices, ramFreeMb, readingAgeSecs, harnesses, unloads, null);
    }

    /// The neuron is about to end, keeps its engines, and expects to be back within so many seconds
    /// from this answer on.
    public record Restarting(double backInSecs) {}

    /// What became of the device memory of engines that ended since the neuron started: `verified`
    /// came back, `leaked` did not, `unknown` could not be measured; `escalated` counts those among
    /// them that needed more than a stop. `leakedMb` is the sum in MiB of what did not come back in
    /// time. Models on the CPU are not counted.
    public record UnloadCounts(
            long verified, long leaked, long unknown, long escalated, long leakedMb) {}
}
