package cortex.demo.mistralrs;

import cortex.demo.script.JsonText;
import java.io.Serial;
import java.nio.charset.StandardCharsets;

/// An answer that is not the one asked for: a JSON body with a `message` and no `error`, or axum's
/// own plain text for a body it cannot read.
final class Rejection extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private final int status;
    private final String type;
    private final String body;

    private Rejection(int status, String type, String message, String body) {
        super(message, null, false, false);
        this.status = status;
        this.type = type;
        this.body = body;
    }

    static Rejection json(int status, String message) {
        String body = "{\"message\":" + JsonText.quote(message) + "}";
        return new Rejection(status, "application/json", message, body);
    }

    /// An error of the model after part of an answer.
    static Rejection partial(String message, String answer) {
        String body =
                "{\"message\":%s,\"partial_response\":%s}"
                        .formatted(JsonText.quote(message), answer);
        return new Rejection(500, "application/json", message, body);
    }

    static Rejection plain(int status, String message) {
        return new Rejection(status, "text/plain; charset=utf-8", message, message);
    }

    int status() {
        return status;
    }

    String type() {
        return type;
    }

    byte[] body() {
        return body.getBytes(StandardCharsets.UTF_8);
    }

    /// The same as an event of a stream that has begun.
    String event() {
        return "{\"error\":{\"message\":%s,\"type\":\"server_error\",\"param\":null,\"code\":null}}"
                .formatted(JsonText.quote(String.valueOf(getMessage())));
    }
}
