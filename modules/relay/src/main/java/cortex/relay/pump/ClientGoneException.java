package cortex.relay.pump;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// The client closed its connection; nothing more can be sent to it.
public final class ClientGoneException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    /// `cause` is what the write or the watch reported, or null.
    public ClientGoneException(@Nullable Throwable cause) {
        super("the client closed the connection", cause, false, false);
    }
}
