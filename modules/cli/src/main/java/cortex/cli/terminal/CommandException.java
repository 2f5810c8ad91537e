package cortex.cli.terminal;

import java.io.Serial;

/// A command cannot be done; the message is a sentence for whoever typed it.
public final class CommandException extends RuntimeException {
    private static final int FAILED = 1;
    private static final int CALLED_WRONGLY = 2;

    @Serial private static final long serialVersionUID = 1L;

    private final int code;

    /// Tells `message`.
    public CommandException(String message) {
        this(message, FAILED);
    }

    private CommandException(String message, int code) {
        super(message, null, false, false);
        this.code = code;
    }

    /// An argument has a value that it cannot have.
    public static CommandException calledWrongly(String message) {
        return new CommandException(message, CALLED_WRONGLY);
    }

    /// The exit code of the command.
    public int code() {
        return code;
    }
}
