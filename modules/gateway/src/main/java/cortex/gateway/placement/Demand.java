package cortex.gateway.placement;

import cortex.core.catalogue.ModelProfile;
import org.jspecify.annotations.Nullable;

/// What a model asks of a node. `vramMb` is over all its devices, null when nobody told; a device
/// must have `minDeviceMb` in all. With `minDevices` 0 it runs on the CPU.
public record Demand(
        String model,
        String harness,
        int minDevices,
        @Nullable Long vramMb,
        long minDeviceMb,
        boolean evenDevices) {
    /// llama-server splits layers by each device's free memory; the others share tensors, which
    /// needs devices of one kind.
    private static final String SPLITS_UNEVENLY = "llamacpp";

    /// The demand of a profile as the catalogue tells it.
    public static Demand of(ModelProfile profile) {
        ModelProfile.Needs needs = profile.needs();
        Long minDevice = needs.minDeviceVramMb();
        return new Demand(
                profile.id(),
                profile.harness(),
                needs.minDevices(),
                needs.vramMb(),
                minDevice == null ? 0 : minDevice,
                !profile.harness().equals(SPLITS_UNEVENLY));
    }

    /// Whether it runs on the CPU, in the host's memory.
    public boolean onCpu() {
        return minDevices == 0;
    }

    /// What each of `count` devices must have free, in MiB; null when nobody told, and then it gets
    /// devices to itself.
    public @Nullable Long perDeviceMb(int count) {
        Long total = vramMb;
        if (onCpu()) {
            return total == null ? 0 : total;
        }
        if (total == null) {
            return minDeviceMb > 0 ? minDeviceMb : null;
        }
        return (total + count - 1) / count;
    }
}
