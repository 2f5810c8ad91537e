package cortex.neuron.replica;

import java.io.Serial;

/// An idle replica or harness was asked for and it is not idle. Not a fault: an answer (409).
public final class ReplicaBusyException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    private final int inFlight;

    private ReplicaBusyException(String message, int inFlight) {
        super(message, null, false, false);
        this.inFlight = inFlight;
    }

    /// `inFlight` requests are being relayed to `what`, at least 1.
    static ReplicaBusyException serving(String what, int inFlight) {
        String message = what + " has " + inFlight + " requests in flight.";
        return new ReplicaBusyException(message, inFlight);
    }

    /// The engine of `what`, to which clients are sent directly, does not say whether it is idle.
    static ReplicaBusyException silent(String what) {
        String message =
                what
                        + " may have requests in flight: its engine does not answer how many."
                        + " Unload it without only_if_idle if it hangs.";
        return new ReplicaBusyException(message, 1);
    }

    /// The harness does something that must not be disturbed; `doing` is what.
    static ReplicaBusyException harness(String name, String doing) {
        return new ReplicaBusyException("The harness '" + name + "' " + doing + ".", 0);
    }

    /// How many requests are in flight.
    public int inFlight() {
        return inFlight;
    }
}
