package cortex.core.node;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// `GET /health`: how the host is. `ramFreeMb` is the memory a new process could get
/// (MemAvailable); `readingAgeSecs` is how old the device readings are, null before the first.
public record NodeHealth(
        long uptimeSecs,
        List<DeviceHealth> devices,
        @Nullable Long ramFreeMb,
        @Nullable Long readingAgeSecs) {
    public NodeHealth {
        devices = devices == null ? List.of() : List.copyOf(devices);
    }
}
