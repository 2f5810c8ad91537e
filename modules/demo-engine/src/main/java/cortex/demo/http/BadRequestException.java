package cortex.demo.http;

import java.io.IOException;
import java.io.Serial;

/// The bytes received are not an HTTP/1.1 request that can be answered in its dialect.
final class BadRequestException extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    private final int status;

    BadRequestException(int status, String message) {
        super(message);
        this.status = status;
    }

    int status() {
        return status;
    }
}
