package cortex.neuron.device;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a probe found. `processMb` is the device memory each process holds, in MiB by pid, over all
/// devices; null when the driver does not tell. With `ok` false nothing could be read and `note`
/// says why; `note` beside a good reading is a remark (no devices, part of them unreadable).
public record DeviceReading(
        boolean ok,
        List<Device> devices,
        @Nullable String driverVersion,
        @Nullable String cudaVersion,
        @Nullable Map<Long, Long> processMb,
        @Nullable String note) {
    public DeviceReading {
        devices = List.copyOf(devices);
        processMb = processMb == null ? null : Map.copyOf(processMb);
    }

    /// Nothing could be read; `why` is a sentence for the operator.
    public static DeviceReading failed(String why) {
        return new DeviceReading(false, List.of(), null, null, null, why);
    }
}
