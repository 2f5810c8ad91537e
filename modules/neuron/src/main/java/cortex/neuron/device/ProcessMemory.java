package cortex.neuron.device;

import org.jspecify.annotations.Nullable;

/// What one process holds of one device, in MiB, as the driver tells. `device` is null when it
/// cannot be told which it is (an instance of a GPU in MIG mode).
public record ProcessMemory(long pid, @Nullable Integer device, long mb) {
    /// The same with `first` added to the device's index.
    ProcessMemory from(int first) {
        return new ProcessMemory(pid, device == null ? null : first + device, mb);
    }
}
