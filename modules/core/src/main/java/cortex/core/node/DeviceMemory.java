package cortex.core.node;

import com.fasterxml.jackson.annotation.JsonProperty;

/// The memory that a device computes in.
public enum DeviceMemory {
    /// Its own, which nothing else uses.
    @JsonProperty("own")
    OWN,
    /// The host's, which it shares with the host's programs.
    @JsonProperty("unified")
    UNIFIED
}
