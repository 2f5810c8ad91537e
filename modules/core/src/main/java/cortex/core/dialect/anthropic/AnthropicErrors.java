package cortex.core.dialect.anthropic;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.failure.Failure;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Renders a failure as the Anthropic API does:
/// `{"type":"error","error":{"type":…,"message":…},"request_id":…}`, with the status its clients
/// know. The same envelope is an `error` event's data.
public final class AnthropicErrors {
    /// Anthropic's own status for having no capacity; its clients wait and try again.
    private static final int OVERLOADED = 529;

    private static final String INVALID = "invalid_request_error";
    private static final String API = "api_error";
    private static final String BUSY = "overloaded_error";
    private static final String TIMEOUT = "timeout_error";
    private static final String NOT_FOUND = "not_found_error";
    private static final String TOO_LARGE = "request_too_large";

    private static final String TOO_LARGE_DECODED = "request_body_too_large_after_decoding";

    private AnthropicErrors() {}

    /// The envelope as JSON in UTF-8, without line breaks.
    public static byte[] render(Failure failure, String requestId) {
        ObjectNode envelope = ChatJson.object().put("type", "error");
        ObjectNode error = envelope.putObject("error");
        error.put("type", type(failure)).put("message", message(failure));
        String code = code(failure);
        if (code != null) {
            error.putObject("details").put("error_code", code);
        }
        if (failure instanceof Failure.StillLoading loading) {
            error.set("loading", ChatJson.loading(loading));
        }
        envelope.put("request_id", requestId);
        return ChatJson.bytes(envelope);
    }

    /// The HTTP status: the failure's own, but for want of capacity.
    public static int status(Failure failure) {
        return failure instanceof Failure.NoCapacity ? OVERLOADED : failure.status();
    }

    private static @Nullable String code(Failure failure) {
        return switch (failure) {
            case Failure.Unsupported unsupported -> unsupported.code();
            case Failure.TooLarge large when large.afterDecoding() -> TOO_LARGE_DECODED;
            default -> null;
        };
    }

    private static String message(Failure failure) {
        return failure instanceof Failure.UnknownModel unknown
                ? "model: " + unknown.model() + ". " + unknown.message()
                : failure.message();
    }

    private static String type(Failure failure) {
        return switch (failure) {
            case Failure.BadRequest _, Failure.ContextOverflow _ -> INVALID;
            case Failure.Unauthorized _ -> "authentication_error";
            case Failure.Forbidden _ -> "permission_error";
            case Failure.UnknownModel _, Failure.Unservable _, Failure.UnknownPath _ -> NOT_FOUND;
            case Failure.MethodNotAllowed _ -> INVALID;
            case Failure.TooLarge _ -> TOO_LARGE;
            case Failure.Refused refused -> ofStatus(refused.status());
            case Failure.Unsupported unsupported -> ofStatus(unsupported.status());
            case Failure.Overloaded _ -> "rate_limit_error";
            case Failure.NoCapacity _, Failure.StillLoading _, Failure.LoadFailed _ -> BUSY;
            case Failure.ShuttingDown _ -> BUSY;
            case Failure.EngineError engine -> ofStatus(engine.status());
            case Failure.EngineGone _, Failure.NodeTls _, Failure.EngineDied _ -> API;
            case Failure.ClientGone _, Failure.Internal _ -> API;
            case Failure.EngineSilent _ -> TIMEOUT;
        };
    }

    private static String ofStatus(int status) {
        return switch (status) {
            case 404 -> NOT_FOUND;
            case 408, 504 -> TIMEOUT;
            case 413 -> TOO_LARGE;
            case 429 -> "rate_limit_error";
            case 503, OVERLOADED -> BUSY;
            default -> status < 500 ? INVALID : API;
        };
    }
}
