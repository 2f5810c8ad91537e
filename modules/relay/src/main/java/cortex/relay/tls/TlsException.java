package cortex.relay.tls;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// PEM files cannot be used; the message names the file and says why.
public final class TlsException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    TlsException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
