package cortex.neuron.memory;

import cortex.core.node.DeviceHealth;
import cortex.core.time.SystemTime;
import cortex.neuron.device.Device;
import cortex.neuron.device.DeviceSnapshot;
import cortex.neuron.device.DeviceView;
import cortex.neuron.device.Gpus;
import cortex.neuron.device.ProcessMemory;
import cortex.neuron.device.VendorSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Two devices of 1000 MiB whose memory is what a test says: processes, and what none of them is
/// said to hold. Every look at it is a reading of that moment, unless it hangs.
public final class FakeDevices implements DeviceView {
    private final SystemTime time = new SystemTime();

    /// What processes hold.
    public final List<ProcessMemory> processes = new CopyOnWriteArrayList<>();

    /// What else is not free of each device.
    public final long[] other = {100, 100};

    /// Whether the driver tells of processes.
    public volatile boolean tells = true;

    /// Whether devices cannot be read.
    public volatile boolean hangs;

    /// Whether a reading that is waited for does not come in time; the last one stands.
    public volatile boolean late;

    /// How many readings were waited for.
    public final AtomicInteger readings = new AtomicInteger();

    /// Runs before each reading that is waited for.
    public volatile Runnable beforeReading = () -> {};

    private volatile @Nullable DeviceSnapshot last;

    /// A process holds this of a device, and nothing more.
    public void holds(long pid, int device, long mb) {
        processes.removeIf(one -> one.pid() == pid && Integer.valueOf(device).equals(one.device()));
        processes.add(new ProcessMemory(pid, device, mb));
    }

    /// A process is gone with all it held.
    public void gone(long pid) {
        processes.removeIf(one -> one.pid() == pid);
    }

    @Override
    public DeviceSnapshot snapshot() {
        DeviceSnapshot before = last;
        if (hangs && before != null) {
            return before;
        }
        List<Device> devices = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            int index = i;
            long held =
                    processes.stream()
                            .filter(one -> Integer.valueOf(index).equals(one.device()))
                            .mapToLong(ProcessMemory::mb)
                            .sum();
            Long used = hangs ? null : held + other[i];
            devices.add(
                    new Device(
                            Gpus.info(i, "GPU", "GPU-" + i, 1000L),
                            new DeviceHealth(
                                    i, used, used == null ? null : 1000 - used, null, null)));
        }
        List<ProcessMemory> told = tells && !hangs ? List.copyOf(processes) : null;
        DeviceSnapshot now =
                new DeviceSnapshot(
                        List.of(
                                new VendorSnapshot(
                                        devices,
                                        told,
                                        null,
                                        Duration.ZERO,
                                        hangs ? null : time.nanos())));
        last = now;
        return now;
    }

    @Override
    public DeviceSnapshot awaitSince(List<Integer> devices, long nanos, Duration limit)
            throws InterruptedException {
        readings.incrementAndGet();
        beforeReading.run();
        DeviceSnapshot before = last;
        if (hangs || (late && before != null)) {
            time.sleep(limit);
        }
        return late && before != null ? before : snapshot();
    }

    @Override
    public void refresh() {}

    @Override
    public Map<String, String> environment(List<Integer> devices) {
        return Map.of();
    }
}
