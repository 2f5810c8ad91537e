package cortex.gateway.placement;

import cortex.core.catalogue.ComputeCapability;
import cortex.core.catalogue.ModelProfile;
import cortex.core.engine.HarnessKind;
import cortex.gateway.placement.footprint.Learned;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Is what a model asks of a node. With `minDevices` 0 it runs on the CPU. `priority` is its
/// residency class.
public record Demand(
        String model,
        String harness,
        int minDevices,
        Memory memory,
        EachDevice eachDevice,
        Split split,
        int priority) {
    /// Is what it takes. `vramMb` is over all its devices as the catalogue says, null when it does
    /// not; `learned` what it was measured to take, by the number of devices.
    public record Memory(@Nullable Long vramMb, Learned learned) {
        /// Returns whether what it takes of so many devices was measured.
        boolean measured(int count) {
            return learned.mb().containsKey(count);
        }

        /// Returns how much more than its part any of `count` devices may need.
        long unevenMb(int count) {
            return learned.unevenMb().getOrDefault(count, 0L);
        }
    }

    /// Is what each device must have: so much memory in all, and that capability at least.
    public record EachDevice(long minMb, @Nullable ComputeCapability minCapability) {}

    /// Is how its memory is spread over devices: in `even` parts, or in `shares`, in the order of
    /// the devices' indexes, where the catalogue tells them.
    public record Split(boolean even, List<Double> shares) {
        public Split {
            shares = List.copyOf(shares);
        }
    }

    /// Returns the demand of a profile as the catalogue tells it.
    public static Demand of(ModelProfile profile) {
        return of(profile, Learned.NOTHING);
    }

    /// Returns the demand of a profile, where a measurement counts for more than the catalogue.
    public static Demand of(ModelProfile profile, Learned learned) {
        ModelProfile.Needs needs = profile.needs();
        Long minDevice = needs.minDeviceVramMb();
        HarnessKind harness = HarnessKind.find(profile.engine().harness());
        boolean uneven = harness != null && harness.splitsUnevenly();
        return new Demand(
                profile.id(),
                profile.engine().harness(),
                needs.minDevices(),
                new Memory(needs.vramMb(), learned),
                new EachDevice(minDevice == null ? 0 : minDevice, needs.minCapability()),
                new Split(!uneven, uneven ? profile.engine().options().tensorSplit() : List.of()),
                profile.residency().priority());
    }

    /// Returns whether it runs on the CPU, in the host's memory.
    public boolean onCpu() {
        return minDevices == 0;
    }

    /// Returns what it takes of `count` devices together, in MiB: measured, else as the catalogue
    /// says; null when nobody knows, and then it gets devices to itself.
    public @Nullable Long totalMb(int count) {
        Long measured = memory.learned().mb().get(count);
        if (measured != null) {
            return measured;
        }
        Long expectedMb = memory.vramMb();
        if (expectedMb == null && eachDevice.minMb() > 0) {
            return eachDevice.minMb() * Math.max(1, count);
        }
        return onCpu() && expectedMb == null ? Long.valueOf(0) : expectedMb;
    }

    /// Returns whether nobody knows what it takes, so that it gets devices to itself.
    public boolean sizeUnknown() {
        return totalMb(Math.max(1, minDevices)) == null;
    }

    /// Returns the least that it may be believed to take, of however many devices; 0 when nobody
    /// knows.
    long leastMb() {
        Long expectedMb = memory.vramMb();
        long least = expectedMb == null ? eachDevice.minMb() : expectedMb;
        for (long measured : memory.learned().mb().values()) {
            least = Math.min(least, measured);
        }
        return least;
    }

    /// Returns what it takes of `count` devices together that have `usableMb` when they are empty.
    /// An engine that was measured somewhere larger may have helped itself: where the catalogue
    /// thinks that it fits, empty devices are enough.
    @Nullable Long totalMb(int count, long usableMb) {
        Long total = totalMb(count);
        Long expectedMb = memory.vramMb();
        if (total == null || expectedMb == null || total <= expectedMb) {
            return total;
        }
        return Math.min(total, Math.max(expectedMb, usableMb));
    }
}
