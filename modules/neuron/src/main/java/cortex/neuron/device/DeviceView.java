package cortex.neuron.device;

import java.time.Duration;
import java.util.List;

/// What others see of the devices.
public interface DeviceView {
    /// A host whose devices nobody reads.
    DeviceView NONE =
            new DeviceView() {
                @Override
                public DeviceSnapshot snapshot() {
                    return new DeviceSnapshot(List.of(), null, null, null, null, null, null);
                }

                @Override
                public DeviceSnapshot awaitSince(long nanos, Duration limit) {
                    return snapshot();
                }

                @Override
                public void refresh() {}
            };

    /// The last reading; never waits.
    DeviceSnapshot snapshot();

    /// Has the devices read and waits for a reading, good or bad, that began at or after `nanos`,
    /// but no longer than `limit`; the last reading then.
    DeviceSnapshot awaitSince(long nanos, Duration limit) throws InterruptedException;

    /// Asks for a reading now and for some more soon after, since memory comes back late; returns
    /// at once. To be called after an engine started or ended.
    void refresh();
}
