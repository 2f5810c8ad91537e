package cortex.gateway.fleet.rules;

import cortex.core.node.ModelInfo;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// Is the state of a replica, with what is valid in that state and nothing else. Times are
/// monotonic nanoseconds; `inFlight` are the open leases of this gateway.
///
/// | From | To | Trigger |
/// | --- | --- | --- |
/// | Loading | Loading | an operator unloads it, drains its node, or wants it after all |
/// | Loading | Ready | LoadDone |
/// | Ready | Suspect | EngineGone; EngineFailed that opens its circuit breaker |
/// | Suspect | Ready | NodeReported lists it as loaded, and was asked for later |
/// | Ready, Suspect | Draining | it must go, and requests are in flight |
/// | Draining | Draining | another model or an operator needs it gone instead |
/// | Draining | Ready | nobody needs it gone any more |
/// | Ready, Suspect, Draining | Unloading | it must go, and nothing is in flight |
/// | Unloading | Ready | UnloadFailed as it is busy; HarnessNotRestarted for sure |
/// | any | gone | LoadFailed, LoadRefused, UnloadDone, UnloadFailed, HarnessRestarted, not listed |
///
/// A loaded replica also goes to itself: with other leases, or with another entry of its neuron.
public sealed interface ReplicaState {
    /// Says how a loaded replica is reached, since when, and the neuron's entry for it.
    record Serving(URI endpoint, String engineModel, ModelInfo info, long readySince) {}

    /// Is a state in which requests may be in flight.
    sealed interface Loaded extends ReplicaState {
        /// Returns how it is reached.
        Serving serving();

        /// Returns the open leases.
        int inFlight();

        /// Returns the same with another entry of its neuron.
        Loaded with(Serving serving);

        /// Returns the same with `inFlight` leases, the last change of them at `now`.
        Loaded with(int inFlight, long now);
    }

    /// Its memory is reserved; its node was told to load it, or found loading it.
    ///
    /// @param then why it is unloaded as soon as it is loaded; null when it is to stay
    record Loading(long since, @Nullable UnloadReason then) implements ReplicaState {}

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
    record Draining(Serving serving, int inFlight, long since, UnloadReason why) implements Loaded {
        @Override
        public Draining with(Serving now) {
            return new Draining(now, inFlight, since, why);
        }

        @Override
        public Draining with(int leases, long now) {
            return new Draining(serving, leases, since, why);
        }
    }

    /// Its node was told to unload it.
    record Unloading(Serving serving, long since, UnloadReason why) implements ReplicaState {}

    /// Returns why the replica must go; null when it is to stay.
    default @Nullable UnloadReason leaving() {
        return switch (this) {
            case Loading loading -> loading.then;
            case Draining draining -> draining.why;
            case Unloading unloading -> unloading.why;
            case Ready _, Suspect _ -> null;
        };
    }

    /// Returns why a replica cannot go from this state to `next`; null when it can.
    default @Nullable String obstacle(ReplicaState next) {
        return switch (this) {
            case Loading _ ->
                    next instanceof Loading || (next instanceof Ready && idle(next))
                            ? null
                            : "a replica that loads becomes ready, without requests, or goes";
            case Loaded loaded ->
                    switch (next) {
                        case Loading _ -> "it is loaded already";
                        case Unloading _ ->
                                loaded.inFlight() == 0 ? null : "requests are in flight";
                        case Loaded to -> obstacle(loaded, to);
                    };
            case Unloading _ ->
                    next instanceof Ready && idle(next)
                            ? null
                            : "a replica that is unloaded becomes ready, without requests, or goes";
        };
    }

    private static @Nullable String obstacle(Loaded from, Loaded to) {
        if (from instanceof Draining && to instanceof Suspect) {
            return "a replica that drains takes no requests that could fail";
        }
        boolean same = from.getClass() == to.getClass();
        return same || to.inFlight() == from.inFlight() ? null : "its requests stay in flight";
    }

    private static boolean idle(ReplicaState state) {
        return state instanceof Loaded loaded && loaded.inFlight() == 0;
    }
}
