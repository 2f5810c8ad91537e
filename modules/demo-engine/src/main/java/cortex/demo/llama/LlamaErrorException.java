package cortex.demo.llama;

import cortex.demo.script.JsonText;
import java.io.Serial;

/// An answer that is one of llama-server's error bodies.
final class LlamaErrorException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private final int status;
    private final String type;
    private final String more;

    private LlamaErrorException(int status, String type, String message, String more) {
        super(message, null, false, false);
        this.status = status;
        this.type = type;
        this.more = more;
    }

    static LlamaErrorException invalid(String message) {
        return new LlamaErrorException(400, "invalid_request_error", message, "");
    }

    static LlamaErrorException server(int status, String message) {
        String type =
                switch (status) {
                    case 400 -> "invalid_request_error";
                    case 404 -> "not_found_error";
                    case 501 -> "not_supported_error";
                    case 503 -> "unavailable_error";
                    default -> "server_error";
                };
        return new LlamaErrorException(status, type, message, "");
    }

    static LlamaErrorException tooLong(int prompt, int context) {
        return new LlamaErrorException(
                400,
                "exceed_context_size_error",
                ("request (%d tokens) exceeds the available context size (%d tokens),"
                                + " try increasing it")
                        .formatted(prompt, context),
                ",\"n_prompt_tokens\":" + prompt + ",\"n_ctx\":" + context);
    }

    int status() {
        return status;
    }

    /// The body, which is also the data of an error event in a stream.
    String json() {
        String message = JsonText.quote(String.valueOf(getMessage()));
        return "{\"error\":{\"code\":%d,\"message\":%s,\"type\":\"%s\"%s}}"
                .formatted(status, message, type, more);
    }
}
