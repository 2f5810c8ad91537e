package cortex.neuron.memory;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The memory one replica holds, in MiB, null when unknown: over all devices (on the CPU: the
/// host's), on each of its devices in their order, and the most it ever held. `grewAt` is when
/// (monotonic nanoseconds) it was last seen to have grown.
public record Held(
        @Nullable Long totalMb,
        @Nullable List<Long> devicesMb,
        @Nullable Long peakMb,
        @Nullable Long grewAt) {
    /// Nothing was measured.
    public static final Held UNKNOWN = new Held(null, null, null, null);

    public Held {
        devicesMb = devicesMb == null ? null : List.copyOf(devicesMb);
    }
}
