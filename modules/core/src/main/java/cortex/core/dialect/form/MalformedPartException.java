package cortex.core.dialect.form;

import java.io.Serial;

/// The head of a part cannot be read in one way alone.
final class MalformedPartException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    /// With a sentence for the client.
    MalformedPartException(String message) {
        super(message, null, false, false);
    }
}
