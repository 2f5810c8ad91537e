package cortex.relay.pump;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// An exchange with an engine that did not come to its end, and how.
public final class EngineException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    /// How an exchange can fail.
    public enum Kind {
        /// No connection: refused, unreachable, or not there within the connect timeout. The engine
        /// has seen nothing of the request.
        UNREACHABLE,
        /// The connection ended before any byte of a response, at once after the sending: what an
        /// engine's closing of an idle connection looks like. One retry on the same engine is safe.
        STALE,
        /// The connection broke after the request was sent: before the response was complete.
        BROKEN,
        /// Nothing came for longer than the idle timeout.
        SILENT,
        /// The exchange was cancelled from our side, as when the client has left.
        CANCELLED
    }

    private final Kind kind;

    EngineException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.kind = kind;
    }

    /// How it failed.
    public Kind kind() {
        return kind;
    }
}
