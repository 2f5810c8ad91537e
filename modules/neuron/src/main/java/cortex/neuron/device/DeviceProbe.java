package cortex.neuron.device;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One vendor's part: reads the vendor's devices and binds engines to them. Knows its own indexes
/// only, from 0 up to below {@link Devices#INDEXES_A_VENDOR}; {@link Devices} gives each device its
/// index on the node. One implementation per vendor, in `cortex.neuron.device.vendor`.
public interface DeviceProbe {
    /// Names the vendor: one lower-case word, such as `nvidia`, which the devices' records carry.
    String vendor();

    /// Looks now, which may take seconds. Called by one thread at a time. Puts what cannot be read
    /// into the reading's `note`; throws nothing but for an interrupt.
    DeviceReading read() throws InterruptedException;

    /// Returns the environment variables that let an engine see exactly these devices of the
    /// vendor, in this order; with an empty list it sees none. An engine that sees more makes a
    /// context of about 0.5 GB on each, whatever its own flags say. May be called by any thread.
    Map<String, String> environment(List<Bound> devices);

    /// A device that an engine is bound to: the vendor's own index, and its identity, null when
    /// that is not known.
    record Bound(int index, @Nullable String uuid) {
        /// Returns the identities joined by commas, where all are known (indexes may change), else
        /// the indexes.
        public static String list(List<Bound> devices) {
            boolean known = devices.stream().allMatch(device -> device.uuid() != null);
            return String.join(
                    ",",
                    devices.stream()
                            .map(one -> known ? one.uuid() : String.valueOf(one.index()))
                            .toList());
        }
    }
}
