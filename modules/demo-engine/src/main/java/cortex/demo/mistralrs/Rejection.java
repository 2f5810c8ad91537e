package cortex.demo.mistralrs;

import cortex.demo.script.JsonText;
import java.io.Serial;
import java.nio.charset.StandardCharsets;

/// An answer that is not the one asked for: a JSON body with a `message` and no `error`.
final class Rejection extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private final int status;
    private final String message;

    Rejection(int status, String message) {
        super(message, null, false, false);
        this.status = status;
        this.message = JsonText.quote(message);
    }

    int status() {
        return status;
    }

    byte[] body() {
        return ("{\"message\":" + message + "}").getBytes(StandardCharsets.UTF_8);
    }

    /// The same as an event of a stream that has begun.
    String event() {
        return "{\"error\":{\"message\":%s,\"type\":\"server_error\",\"param\":null,\"code\":null}}"
                .formatted(message);
    }
}
