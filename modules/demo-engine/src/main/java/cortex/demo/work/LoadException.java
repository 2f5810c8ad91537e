package cortex.demo.work;

import java.io.Serial;

/// The model could not be loaded, as the command line wanted.
public final class LoadException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    LoadException() {
        super("out of memory", null, false, false);
    }
}
