package cortex.core.node;

import org.jspecify.annotations.Nullable;

/// One accelerator's last reading: memory in MiB as the driver measures it (foreign processes
/// included), utilisation 0 to 100, temperature in degrees Celsius. Null is unknown.
public record DeviceHealth(
        int index,
        @Nullable Long vramUsedMb,
        @Nullable Long vramFreeMb,
        @Nullable Integer utilizationPct,
        @Nullable Integer tempC) {}
