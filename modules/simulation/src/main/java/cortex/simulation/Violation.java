package cortex.simulation;

import java.io.Serial;

/// Something happened that must never happen.
public final class Violation extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    /// What, in words.
    public Violation(String message) {
        super(message);
    }
}
