package cortex.neuron.memory;

import cortex.neuron.device.DeviceSnapshot;
import cortex.neuron.harness.Harness;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The memory of one replica, from before its engine starts until it came back. Belongs to {@link
/// MemoryWatch}, under whose lock its fields are read and written, but for the resident memory.
///
/// Device memory is what the driver says that the engine's processes hold. Where it names none of
/// them (an engine of somebody else, a container), it is the difference that the load made to the
/// devices, if nothing else of this node moved on them meanwhile.
public final class Watched {
    private static final long GROWTH_THAT_COUNTS = 8;

    private final MemoryWatch watch;
    private final List<Integer> devices;

    /// The reading before the engine started; null for one that ran already.
    private final @Nullable DeviceSnapshot first;

    /// Kept when the processes are gone: that there were some tells that it ran on the CPU.
    private volatile @Nullable Long residentMb;

    private volatile Harness.@Nullable Engine engine;
    @Nullable Long readyAt;

    /// Whether the first reading that began after it was ready has been looked at.
    boolean settled;

    @Nullable List<Long> difference;
    @Nullable Before before;
    @Nullable Long peakMb;
    @Nullable Long grownMb;
    @Nullable Long grewAt;
    boolean leaving;

    /// Whether nothing else moved on its devices while it was being loaded, or, later, since it
    /// began to leave.
    boolean alone;

    Watched(MemoryWatch watch, List<Integer> devices, @Nullable DeviceSnapshot first) {
        this.watch = watch;
        this.devices = List.copyOf(devices);
        this.first = first;
    }

    /// The engine is there; its processes are asked from now on.
    public void started(Harness.Engine started) {
        watch.started(this, started);
    }

    /// The engine serves: what it holds from now on is what the model takes.
    public void ready() {
        watch.ready(this);
    }

    /// The engine is about to be stopped: the last reading is what its memory's return is measured
    /// against.
    public void leaving() {
        watch.leaving(this, true);
    }

    /// The engine ended by itself: the last reading that it was seen in is.
    public void gone() {
        watch.leaving(this, false);
    }

    /// Nothing of it is measured any more.
    public void end() {
        watch.end(this);
    }

    /// What it holds, by the last reading; never waits.
    public Held held() {
        return watch.held(this);
    }

    /// Runs on the CPU, so that it holds nothing of any device; false also when its devices are not
    /// known.
    boolean onCpu() {
        return devices.isEmpty() && residentMb != null;
    }

    @Nullable Before before() {
        return watch.before(this);
    }

    boolean wasAlone() {
        return watch.alone(this);
    }

    boolean shares(Watched other) {
        return devices.stream().anyMatch(other.devices::contains);
    }

    /// Whether its memory may be changing: it is being loaded, or leaves.
    boolean stirs() {
        return leaving || (first != null && !settled);
    }

    void engine(Harness.Engine started) {
        engine = started;
    }

    boolean broughtOthers() {
        Harness.Engine known = engine;
        return known != null && known.broughtOthers();
    }

    /// Asks the operating system; not to be called under the lock.
    void lookAtResident() {
        Harness.Engine known = engine;
        Long mb = known == null ? null : known.residentMb();
        if (mb != null) {
            residentMb = mb;
        }
    }

    /// Takes note of a reading and says what is held by it; under the lock.
    Held look(DeviceSnapshot now, long nanos) {
        Harness.Engine known = engine;
        Long total = devices.isEmpty() ? residentMb : null;
        List<Long> each = null;
        if (known != null && !devices.isEmpty()) {
            Set<Long> pids = known.pids();
            total = now.usedMb(pids);
            each = now.usedMb(pids, devices);
            if (!settled && later(now)) {
                settled = true;
                difference = total == null ? differenceBy(now) : null;
            }
            if (total == null) {
                each = difference;
                total = each == null ? null : each.stream().mapToLong(Long::longValue).sum();
            }
            if (!leaving && each != null) {
                before = new Before(now, devices, pids, each);
            }
        }
        note(total, nanos);
        return new Held(total, each, peakMb, grewAt);
    }

    private void note(@Nullable Long total, long nanos) {
        if (total == null) {
            return;
        }
        peakMb = peakMb == null ? total : Math.max(peakMb, total);
        if (grownMb == null || total - grownMb > GROWTH_THAT_COUNTS) {
            grewAt = nanos;
            grownMb = total;
        }
    }

    private boolean later(DeviceSnapshot now) {
        Long since = readyAt;
        Long begun = now.begunNanos(devices);
        return since != null && begun != null && begun - since >= 0;
    }

    private @Nullable List<Long> differenceBy(DeviceSnapshot now) {
        DeviceSnapshot earlier = first;
        if (earlier == null || !alone || othersMoved(earlier, now)) {
            return null;
        }
        List<Long> each = new ArrayList<>();
        for (int device : devices) {
            Long was = earlier.usedMb(device);
            Long is = now.usedMb(device);
            if (was == null || is == null || is < was) {
                return null;
            }
            each.add(is - was);
        }
        boolean nothing = each.stream().allMatch(mb -> mb <= GROWTH_THAT_COUNTS);
        return nothing ? null : each;
    }

    /// Whether more than one of the processes that the driver names, and none of which is known to
    /// be the engine's, holds another amount of these devices than before.
    private boolean othersMoved(DeviceSnapshot earlier, DeviceSnapshot now) {
        var was = earlier.byProcess(devices);
        var is = now.byProcess(devices);
        if (was == null || is == null) {
            return false;
        }
        Set<Long> pids = new HashSet<>(was.keySet());
        pids.addAll(is.keySet());
        return pids.stream().filter(pid -> moved(was.get(pid), is.get(pid))).count() > 1;
    }

    private static boolean moved(@Nullable Long was, @Nullable Long is) {
        return Math.abs((is == null ? 0 : is) - (was == null ? 0 : was)) > GROWTH_THAT_COUNTS;
    }
}
