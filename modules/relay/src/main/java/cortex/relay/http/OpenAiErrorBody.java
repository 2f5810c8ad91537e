package cortex.relay.http;

import cortex.core.failure.Failure;
import cortex.core.node.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The OpenAI error envelope, made from what every failure knows: status, sentence and outcome.
final class OpenAiErrorBody {
    private OpenAiErrorBody() {}

    static byte[] render(Failure failure, String requestId) {
        Map<String, @Nullable Object> error = new LinkedHashMap<>();
        error.put("message", failure.message());
        error.put("type", type(failure.status()));
        error.put("param", failure instanceof Failure.BadRequest bad ? bad.param() : null);
        error.put("code", code(failure));
        error.put("request_id", requestId);
        return Json.MAPPER.writeValueAsBytes(Map.of("error", error));
    }

    private static String type(int status) {
        if (status == 429) {
            return "rate_limit_error";
        }
        if (status == 504) {
            return "timeout";
        }
        return status < 500 ? "invalid_request_error" : "server_error";
    }

    private static @Nullable String code(Failure failure) {
        return switch (failure.status()) {
            case 400, 405, 413, 414, 431 -> null;
            default -> failure.outcome();
        };
    }
}
