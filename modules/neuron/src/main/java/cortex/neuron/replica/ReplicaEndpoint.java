package cortex.neuron.replica;

import java.net.URI;

/// Where a loaded model's engine is: its own base URL on this host (no slash at its end), the name
/// it answers to, and whether its harness wants clients to be sent there directly (`direct`)
/// instead of through the neuron's relay door.
public record ReplicaEndpoint(String replica, URI engineUrl, String engineModel, boolean direct) {}
