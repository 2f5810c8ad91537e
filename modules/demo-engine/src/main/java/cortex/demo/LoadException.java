package cortex.demo;

import java.io.Serial;

/// The model could not be loaded, as the command line wanted.
final class LoadException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    LoadException(String message) {
        super(message);
    }
}
