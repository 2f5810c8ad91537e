package cortex.demo.http;

import java.io.Serial;

/// The client closed its connection; its request is to be dropped.
public final class ClientLeftException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    /// Carries no stack trace: it is an expected end.
    public ClientLeftException() {
        super("the client left", null, false, false);
    }
}
