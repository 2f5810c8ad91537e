package cortex.core.failure;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// Carries a {@link Failure} up the stack to the one place that renders it. Has no stack trace of
/// its own: a failure is an answer, not a fault of the program; the cause keeps its trace.
public final class FailureException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    /// A failure without a technical cause.
    public FailureException(Failure failure) {
        this(failure, null);
    }

    /// A failure and what brought it about; the exception's own message is for logs, and the cause
    /// goes to the log, never to the client.
    public FailureException(Failure failure, @Nullable Throwable cause) {
        super(failure.told(), cause, false, false);
        this.failure = failure;
    }

    /// What to answer.
    public Failure failure() {
        return failure;
    }
}
