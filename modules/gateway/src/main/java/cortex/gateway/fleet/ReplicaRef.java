package cortex.gateway.fleet;

import java.net.URI;

/// Says where a granted request goes: `endpoint` is the engine's base URL as seen from here (no
/// slash at the end), `engineModel` the name the engine answers to, `generation` the load it
/// belongs to.
public record ReplicaRef(
        String model, String node, URI endpoint, String engineModel, long generation) {}
