package cortex.core.node;

/// The answer to an unload: `unloaded` once the engine is verified gone.
public record UnloadResponse(ModelStatus status) {}
