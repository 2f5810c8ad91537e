package cortex.gateway.fleet.rules;

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

        /// The same with another entry of its neuron.
        Loaded with(Serving serving);

        /// The same with `inFlight` leases, the last change of them at `now`.
        Loaded with(int inFlight, long now);
    }

    /// Its memory is reserved; its node was told to load it, or found loading it.
    record Loading(long since) implements ReplicaState {}

    /// Takes requests.
    record Ready(Serving serving, int inFlight, long lastUsed) implements Loaded {
        @Override
        public Ready with(Serving now) {
            return new Ready(now, inFlight, lastUsed);
        }

        @Override
        public Ready with(int leases, long now) {
            return new Ready(serving, leases, now);
        }
    }

    /// Its engine failed a request; takes none until its node confirms it in a report asked for
    /// after `since`.
    record Suspect(Serving serving, int inFlight, long since, String reason) implements Loaded {
        @Override
        public Suspect with(Serving now) {
            return new Suspect(now, inFlight, since, reason);
        }

        @Override
        public Suspect with(int leases, long now) {
            return new Suspect(serving, leases, since, reason);
        }
    }

    /// Takes no new requests; is unloaded when those in flight have ended.
    record Draining(Serving serving, int inFlight, long since) implements Loaded {
        @Override
        public Draining with(Serving now) {
            return new Draining(now, inFlight, since);
        }

        @Override
        public Draining with(int leases, long now) {
            return new Draining(serving, leases, since);
        }
    }

    /// Its node was told to unload it.
    record Unloading(Serving serving, long since) implements ReplicaState {}

    /// All legal moves, but for being gone. Only a replica without requests in flight is unloaded.
    default boolean mayBecome(ReplicaState next) {
        return switch (this) {
            case Loading _ -> next instanceof Ready ready && ready.inFlight() == 0;
            case Loaded loaded ->
                    next instanceof Loaded to
                            ? to.inFlight() == loaded.inFlight()
                            : next instanceof Unloading && loaded.inFlight() == 0;
            case Unloading _ -> next instanceof Loaded to && to.inFlight() == 0;
        };
    }
}
