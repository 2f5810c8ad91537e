package cortex.neuron.device;

import java.util.List;
import java.util.Map;

/// A vendor whose readings a test makes.
public record OneProbe(String vendor, Reader reader) implements DeviceProbe {
    /// Reads once.
    @FunctionalInterface
    public interface Reader {
        /// As {@link DeviceProbe#read}.
        DeviceReading read() throws InterruptedException;
    }

    /// Of the vendor `test`.
    public OneProbe(Reader reader) {
        this("test", reader);
    }

    @Override
    public DeviceReading read() throws InterruptedException {
        return reader.read();
    }

    @Override
    public Map<String, String> environment(List<Bound> devices) {
        return Map.of(vendor() + "_DEVICES", Bound.list(devices));
    }
}
