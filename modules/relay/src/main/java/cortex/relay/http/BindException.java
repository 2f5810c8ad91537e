package cortex.relay.http;

import cortex.core.config.HostPort;
import java.io.Serial;

/// A server could not listen where it was told to; the message names the address and the reason.
public final class BindException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    /// `cause` is what the operating system said.
    public BindException(HostPort address, Throwable cause) {
        super("cannot listen on " + address + ": " + reason(cause), cause);
    }

    private static String reason(Throwable cause) {
        Throwable deepest = cause;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return String.valueOf(deepest.getMessage());
    }
}
