package cortex.neuron.device.vendor;

import cortex.neuron.device.DeviceProbe;
import cortex.neuron.device.DeviceReading;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The one list of all vendors' probes.
public final class Vendors {
    private static final Path SYS = Path.of("/sys");

    private Vendors() {}

    /// A probe's place decides its devices' indexes on the node ({@link
    /// cortex.neuron.device.Devices}): add at the end, and never change the order.
    private static List<DeviceProbe> all(String nvidiaSmi, Duration timeout) {
        return List.of(new NvidiaSmi(nvidiaSmi, timeout), new AmdSysfs(SYS));
    }

    /// Names all vendors.
    public static List<String> names() {
        return all("", Duration.ZERO).stream().map(DeviceProbe::vendor).toList();
    }

    /// Makes the probes of all vendors. One that is not among `read` finds no devices, and still
    /// keeps its own hidden from engines.
    ///
    /// @param nvidiaSmi a path, or a name on the PATH
    /// @param timeout when a vendor's tool that hangs is killed
    public static List<DeviceProbe> probes(List<String> read, String nvidiaSmi, Duration timeout) {
        return all(nvidiaSmi, timeout).stream()
                .map(probe -> read.contains(probe.vendor()) ? probe : new Unread(probe))
                .toList();
    }

    /// A vendor whose devices nobody wants.
    private record Unread(DeviceProbe probe) implements DeviceProbe {
        @Override
        public String vendor() {
            return probe.vendor();
        }

        @Override
        public DeviceReading read() {
            return new DeviceReading(true, List.of(), List.of(), null);
        }

        @Override
        public Map<String, String> environment(List<Bound> devices) {
            return probe.environment(devices);
        }
    }
}
