package cortex.cli.terminal;

import java.io.Serial;

/// A command cannot be done; the message is a sentence for whoever typed it.
public final class CommandException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    /// Tells `message`.
    public CommandException(String message) {
        super(message, null, false, false);
    }
}
