package cortex.gateway.fleet.machine;

import cortex.core.node.ModelInfo;
import java.net.URI;

/// Where a replica is in its life, holding only what is valid there. Times are monotonic
/// nanoseconds; `inFlight` are the open leases of this gateway.
public sealed interface ReplicaState {
    /// How a loaded replica is reached, since when, and the neuron's entry for it.
    record Serving(URI endpoint, String engineModel, ModelInfo info, long readySince) {}

    /// The states in which requests may be in flight.
    sealed interface Loaded extends ReplicaState {
        /// How it is reached.
        Serving serving();

        /// Open leases.
        int inFlight();
    }

    /// Its memory is reserved; its node was told to load it, or found loading it.
    record Loading(long since) implements ReplicaState {}

    /// Takes requests.
    record Ready(Serving serving, int inFlight, long lastUsed) implements Loaded {}

    /// Its engine failed a request; takes none until its node confirms it in a report asked for
    /// after `since`.
    record Suspect(Serving serving, int inFlight, long since, String reason) implements Loaded {}

    /// Takes no new requests; is unloaded when those in flight have ended.
    record Draining(Serving serving, int inFlight, long since) implements Loaded {}

    /// Its node was told to unload it.
    record Unloading(Serving serving, long since) implements ReplicaState {}
}
