package cortex.cli;

import java.io.Serial;

/// A command cannot be done; the message is a sentence for whoever typed it.
final class CommandException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    CommandException(String message) {
        super(message, null, false, false);
    }
}
