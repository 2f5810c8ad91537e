package cortex.gateway.placement.eviction;

import org.jspecify.annotations.Nullable;

/// Is what is known about having a model loaded: how long its last load took (null before the first
/// one was seen), how often it is used now, and how many of its replicas could go so that it stays
/// loaded as often as it is to be.
public record Worth(@Nullable Double loadSecs, double usesPerSecond, int spare) {
    /// Nothing is known.
    public static final Worth UNKNOWN = new Worth(null, 0, 0);

    /// A load was never seen to take less than this, reading from a fast disk, in MiB a second.
    private static final double MB_A_SECOND = 1_000;

    private static final double START_SECS = 2;

    /// Returns how long loading a model again takes in seconds: measured, else guessed from the
    /// memory it holds.
    public double reloadSecs(long memoryMb) {
        Double measured = loadSecs;
        return measured == null ? START_SECS + memoryMb / MB_A_SECOND : measured;
    }
}
