package cortex.neuron.device;

import cortex.core.node.DeviceInfo;
import cortex.core.node.DeviceMemory;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Devices for tests.
public final class Gpus {
    private Gpus() {}

    /// An NVIDIA device of compute capability 8.9 with memory of its own.
    public static DeviceInfo info(
            int index, String name, @Nullable String uuid, @Nullable Long vramMb) {
        return new DeviceInfo(
                index, "nvidia", name, uuid, vramMb, DeviceMemory.OWN, Map.of("compute", "8.9"));
    }
}
