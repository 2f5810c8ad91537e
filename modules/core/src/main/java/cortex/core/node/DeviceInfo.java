package cortex.core.node;

import org.jspecify.annotations.Nullable;

/// One accelerator as it is built: `index` as the driver counts, `vramTotalMb` in MiB.
public record DeviceInfo(
        int index,
        String name,
        @Nullable String uuid,
        @Nullable Long vramTotalMb,
        @Nullable String computeCapability) {}
