package cortex.relay.pump;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// It is not certain who would get a request, or whose an answer is.
public final class UnprovenPeerException extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    /// `message` is the end of a sentence about the peer.
    public UnprovenPeerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
