package cortex.core.node;

import org.jspecify.annotations.Nullable;

/// `POST /models/unload`. With `onlyIfIdle` the neuron answers 409 while requests are in flight;
/// with `replica` only that very load is unloaded, so that a late command cannot hit a newer one.
public record UnloadRequest(String modelId, @Nullable String replica, boolean onlyIfIdle) {
    /// The answer to an unload: `unloaded` once the engine is verified gone and its device memory
    /// was measured back, or did not come back in time. Memory is in MiB over all its devices, null
    /// when it could not be measured: `freedMb` is what came back, `leakedMb` what did not, given
    /// only when less than three quarters came back. `escalated`: more than a stop was needed;
    /// `note` says what was done, and who holds memory still.
    public record Answer(
            ModelStatus status,
            @Nullable Long freedMb,
            @Nullable Long leakedMb,
            boolean escalated,
            @Nullable Double tookSecs,
            @Nullable String note) {
        /// Unloaded, and nothing known of its memory.
        public Answer(ModelStatus status) {
            this(status, null, null, false, null, null);
        }
    }
}
