package cortex.core.node;

import com.fasterxml.jackson.annotation.JsonProperty;

/// Where a replica is in its life, as its neuron sees it.
public enum ModelStatus {
    /// The engine was started and is not ready yet.
    @JsonProperty("loading")
    LOADING,
    /// The engine's own health says that it serves.
    @JsonProperty("loaded")
    LOADED,
    /// The engine is being stopped.
    @JsonProperty("unloading")
    UNLOADING,
    /// The engine is held by the harness but the model is not in memory (mistral.rs after unload).
    @JsonProperty("unloaded")
    UNLOADED,
    /// The engine died or never became ready; `reason` says why.
    @JsonProperty("failed")
    FAILED
}
