package cortex.neuron.device;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a probe found. `processes` is the device memory each process holds; null when the driver
/// does not tell. With `ok` false nothing could be read and `note` says why; `note` beside a good
/// reading is a remark (no devices, part of them unreadable).
public record DeviceReading(
        boolean ok,
        List<Device> devices,
        @Nullable List<ProcessMemory> processes,
        @Nullable String note) {
    public DeviceReading {
        devices = List.copyOf(devices);
        processes = processes == null ? null : List.copyOf(processes);
    }

    /// Nothing could be read; `why` is a sentence for the operator.
    public static DeviceReading failed(String why) {
        return new DeviceReading(false, List.of(), null, why);
    }

    /// The same with `first` added to every index: the vendor's own become the node's.
    DeviceReading from(int first) {
        List<ProcessMemory> each = processes;
        return new DeviceReading(
                ok,
                devices.stream().map(device -> device.from(first)).toList(),
                each == null ? null : each.stream().map(one -> one.from(first)).toList(),
                note);
    }
}
