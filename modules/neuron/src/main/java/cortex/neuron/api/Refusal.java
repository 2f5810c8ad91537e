package cortex.neuron.api;

import java.io.Serial;

/// A request that is understood but not granted, for reasons only a neuron has. An answer, not a
/// fault, so without a stack trace.
final class Refusal extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;

    /// `code` is the word by which programs tell this from others; `message` is for people.
    Refusal(int status, String code, String message) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }
}
