package cortex.neuron.replica;

import java.io.Serial;

/// An unload asked for an idle replica and it is not idle. Not a fault: an answer (409).
public final class ReplicaBusyException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    private final int inFlight;

    /// `inFlight` requests are being relayed to the replica of `model`, at least 1.
    ReplicaBusyException(String model, int inFlight) {
        super(
                "The model '" + model + "' has " + inFlight + " requests in flight.",
                null,
                false,
                false);
        this.inFlight = inFlight;
    }

    /// How many requests are in flight.
    public int inFlight() {
        return inFlight;
    }
}
