package cortex.neuron.device;

/// Reads the accelerators once. One implementation per vendor's tool, and fakes in tests. Called by
/// one thread at a time.
@FunctionalInterface
public interface DeviceProbe {
    /// Looks now, which may take seconds. What cannot be read is in the reading's `note`; nothing
    /// but an interrupt is thrown.
    DeviceReading read() throws InterruptedException;
}
