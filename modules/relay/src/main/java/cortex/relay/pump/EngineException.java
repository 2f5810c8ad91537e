package cortex.relay.pump;

import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// An exchange with an engine that did not come to its end, and how.
public final class EngineException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    /// How an exchange can fail.
    public enum Kind {
        /// No connection: refused, unreachable, not there within the connect timeout, or not to
        /// whom it should be. The engine has seen nothing of the request.
        UNREACHABLE,
        /// No TLS connection came about, or none that was believed at the other end. The engine has
        /// seen nothing of the request; the message says what went wrong, for operators.
        UNSAFE,
        /// The connection broke after the request was sent and before the response was complete.
        BROKEN,
        /// Nothing came for longer than the idle timeout.
        SILENT,
        /// The exchange was given up from our side, as when the client has left.
        CANCELLED
    }

    private final Kind kind;

    EngineException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.kind = kind;
    }

    /// The engine sent nothing for `idle`.
    public static EngineException silent(Duration idle) {
        return new EngineException(
                Kind.SILENT, "sent nothing for " + idle.toSeconds() + " s", null);
    }

    /// How it failed.
    public Kind kind() {
        return kind;
    }
}
