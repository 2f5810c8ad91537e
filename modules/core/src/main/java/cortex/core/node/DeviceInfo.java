package cortex.core.node;

import org.jspecify.annotations.Nullable;

/// One accelerator as it is built: `index` as the driver counts, `vramTotalMb` in MiB. An instance
/// of a GPU in MIG mode is a device of its own, with the index (GPU + 1) × 100 + instance.
public record DeviceInfo(
        int index,
        String name,
        @Nullable String uuid,
        @Nullable Long vramTotalMb,
        @Nullable String computeCapability) {}
