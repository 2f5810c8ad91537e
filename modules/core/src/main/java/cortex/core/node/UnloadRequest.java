package cortex.core.node;

import org.jspecify.annotations.Nullable;

/// `POST /models/unload`. With `onlyIfIdle` the neuron answers 409 while requests are in flight;
/// with `replica` only that very load is unloaded, so that a late command cannot hit a newer one.
public record UnloadRequest(String modelId, @Nullable String replica, boolean onlyIfIdle) {
    /// The answer to an unload: `unloaded` once the engine is verified gone.
    public record Answer(ModelStatus status) {}
}
