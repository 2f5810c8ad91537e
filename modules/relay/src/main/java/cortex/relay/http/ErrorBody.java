package cortex.relay.http;

import cortex.core.failure.Failure;
import cortex.core.node.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Renders a failure that the server met before any route did (or that a program wants in the same
/// shape) as the bytes of a JSON body.
@FunctionalInterface
public interface ErrorBody {
    /// The body for `failure`; never fails, names nothing of the machine.
    byte[] render(Failure failure, String requestId);

    /// The OpenAI envelope `{"error":{"message","type","param","code"}}`, made from what every
    /// failure knows: status, sentence and outcome.
    static ErrorBody openAi() {
        return (failure, requestId) -> {
            Map<String, @Nullable Object> error = new LinkedHashMap<>();
            error.put("message", failure.message());
            error.put("type", type(failure.status()));
            error.put("param", failure instanceof Failure.BadRequest bad ? bad.param() : null);
            error.put("code", code(failure));
            return Json.MAPPER.writeValueAsBytes(Map.of("error", error));
        };
    }

    private static String type(int status) {
        return switch (status) {
            case 408, 504 -> "timeout";
            case 429 -> "rate_limit_error";
            default -> status < 500 ? "invalid_request_error" : "server_error";
        };
    }

    private static @Nullable String code(Failure failure) {
        return switch (failure.status()) {
            case 400, 405, 408, 413, 414, 431, 505 -> null;
            default -> failure.outcome();
        };
    }
}
