package cortex.neuron.device;

import cortex.core.node.DeviceInfo;
import cortex.core.time.Time;
import cortex.neuron.device.DeviceProbe.Bound;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All devices of the host, in one index space. Has the probes read side by side, each on a thread
/// of its own, so that one that fails or hangs hides no device of another vendor.
///
/// A device's index on the node is its probe's place in the list × {@link #INDEXES_A_VENDOR} + the
/// vendor's own index. It depends on nothing that is found, so that it stays the same when another
/// vendor's driver is away, and from one start of this program to the next.
public final class Devices implements DeviceView, AutoCloseable {
    /// Own indexes that each vendor may use, from 0: more than GPUs and their instances take.
    public static final int INDEXES_A_VENDOR = 10_000;

    private final List<ProbeReader> readers = new ArrayList<>();
    private final Time time;

    private Devices(List<DeviceProbe> probes, Duration interval, Time time) {
        this.time = time;
        for (DeviceProbe probe : probes) {
            int first = readers.size() * INDEXES_A_VENDOR;
            readers.add(new ProbeReader(probe, first, interval, time));
        }
    }

    /// Starts to read every `interval`; returns at once, before the first reading.
    public static Devices start(List<DeviceProbe> probes, Duration interval, Time time) {
        Devices devices = new Devices(probes, interval, time);
        devices.readers.forEach(ProbeReader::start);
        return devices;
    }

    /// Waits until each probe's first reading is there, well or ill, but no longer than `limit`;
    /// whether they are there.
    public boolean awaitFirst(Duration limit) throws InterruptedException {
        long until = time.nanos() + limit.toNanos();
        boolean all = true;
        for (ProbeReader reader : readers) {
            all &= reader.awaitFirst(Duration.ofNanos(Math.max(0, until - time.nanos())));
        }
        return all;
    }

    @Override
    public DeviceSnapshot snapshot() {
        return new DeviceSnapshot(readers.stream().map(ProbeReader::snapshot).toList());
    }

    @Override
    public DeviceSnapshot awaitSince(List<Integer> devices, long nanos, Duration limit)
            throws InterruptedException {
        long until = time.nanos() + limit.toNanos();
        refresh();
        for (int at = 0; at < readers.size(); at++) {
            int vendor = at;
            if (devices.stream().anyMatch(index -> index / INDEXES_A_VENDOR == vendor)) {
                Duration left = Duration.ofNanos(Math.max(0, until - time.nanos()));
                readers.get(at).awaitSince(nanos, left);
            }
        }
        return snapshot();
    }

    @Override
    public void refresh() {
        readers.forEach(ProbeReader::refresh);
    }

    @Override
    public Map<String, String> environment(List<Integer> devices) {
        List<DeviceInfo> known = snapshot().infos();
        Map<String, String> variables = new LinkedHashMap<>();
        for (int at = 0; at < readers.size(); at++) {
            List<Bound> own = new ArrayList<>();
            for (int index : devices) {
                if (index / INDEXES_A_VENDOR == at) {
                    own.add(new Bound(index % INDEXES_A_VENDOR, uuid(known, index)));
                }
            }
            variables.putAll(readers.get(at).probe().environment(own));
        }
        return variables;
    }

    private static @Nullable String uuid(List<DeviceInfo> known, int index) {
        for (DeviceInfo info : known) {
            if (info.index() == index) {
                return info.uuid();
            }
        }
        return null;
    }

    /// Ends all reading; waits for none.
    @Override
    public void close() {
        readers.forEach(ProbeReader::close);
    }
}
