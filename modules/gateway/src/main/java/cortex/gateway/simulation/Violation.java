package cortex.gateway.simulation;

import java.io.Serial;

/// Something happened that must never happen.
final class Violation extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    /// What, in words.
    Violation(String message) {
        super(message);
    }
}
