package cortex.neuron.memory;

import org.jspecify.annotations.Nullable;

/// What became of the memory of an engine that ended, in MiB over its devices, null when it could
/// not be measured. `leakedMb` is what had not come back in time, null when enough had; `note` says
/// what was done beyond a stop (`escalated`) and who holds memory still.
public record Returned(
        @Nullable Long freedMb, @Nullable Long leakedMb, boolean escalated, @Nullable String note) {
    /// Nothing could be measured, or there was nothing to.
    public static final Returned UNKNOWN = new Returned(null, null, false, null);
}
