package cortex.demo.flags;

import java.io.Serial;

/// The command line cannot be understood; the message is what the imitated engine prints.
public final class UsageException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private final int exit;

    UsageException(int exit, String message) {
        super(message);
        this.exit = exit;
    }

    /// The exit code the imitated engine gives.
    public int exit() {
        return exit;
    }
}
