package cortex.neuron.device;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/// What others see of the devices.
public interface DeviceView {
    /// A host whose devices nobody reads.
    DeviceView NONE =
            new DeviceView() {
                @Override
                public DeviceSnapshot snapshot() {
                    return new DeviceSnapshot(List.of());
                }

                @Override
                public DeviceSnapshot awaitSince(
                        List<Integer> devices, long nanos, Duration limit) {
                    return snapshot();
                }

                @Override
                public void refresh() {}

                @Override
                public Map<String, String> environment(List<Integer> devices) {
                    return Map.of();
                }
            };

    /// The last reading; never waits.
    DeviceSnapshot snapshot();

    /// Has the devices read and waits for a reading of these, good or bad, that began at or after
    /// `nanos`, but no longer than `limit`; the last reading then.
    DeviceSnapshot awaitSince(List<Integer> devices, long nanos, Duration limit)
            throws InterruptedException;

    /// Asks for a reading now and for some more soon after, since memory comes back late; returns
    /// at once. To be called after an engine started or ended.
    void refresh();

    /// Returns the environment variables that let an engine see these devices, in this order, and
    /// no others of any vendor; none with an empty list. Never waits.
    Map<String, String> environment(List<Integer> devices);
}
