package cortex.core.dialect.openai;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.failure.FailedPlace;
import cortex.core.failure.Failure;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Renders a failure as the OpenAI API does: `{"error":{"message":…,"type":…,"param":…,"code":…}}`.
public final class OpenAiErrors {
    private static final String INVALID = "invalid_request_error";
    private static final String SERVER = "server_error";
    private static final String TIMEOUT = "timeout";

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private OpenAiErrors() {}

    /// The envelope as JSON in UTF-8, without line breaks. Where operators know more of the failure
    /// than it tells, it has the request's id, by which they find it; null where there is no
    /// request.
    public static byte[] render(Failure failure, @Nullable String requestId) {
        Kind kind = kind(failure);
        Map<String, @Nullable Object> error = new LinkedHashMap<>();
        error.put("message", failure.message());
        error.put("type", kind.type());
        error.put("param", kind.param());
        error.put("code", kind.code());
        if (requestId != null && failure.detail() != null) {
            error.put("request_id", requestId);
        }
        if (failure instanceof Failure.StillLoading loading) {
            error.put("loading", ChatJson.loading(loading));
        }
        return MAPPER.writeValueAsBytes(Map.of("error", error));
    }

    /// The word by which programs tell a failure from others, on every port alike; null where the
    /// status says all there is to act on. The only place where these words come from, beside those
    /// that {@link Failure.Unsupported} and {@link Failure.EngineError} bring along.
    public static @Nullable String code(Failure failure) {
        return kind(failure).code();
    }

    /// What sort of failure it is, in OpenAI's few words.
    public static String type(Failure failure) {
        return kind(failure).type();
    }

    private record Kind(String type, @Nullable String code, @Nullable String param) {
        Kind(String type, @Nullable String code) {
            this(type, code, null);
        }
    }

    private static Kind refused(int status) {
        return switch (status) {
            case 408 -> new Kind(TIMEOUT, null);
            case 421 -> new Kind(INVALID, "refused");
            default -> new Kind(INVALID, null);
        };
    }

    private static Kind kind(Failure failure) {
        return switch (failure) {
            case Failure.BadRequest bad -> new Kind(INVALID, null, bad.param());
            case Failure.ContextOverflow _ ->
                    new Kind(INVALID, "context_length_exceeded", "messages");
            case Failure.Unsupported unsupported -> new Kind(INVALID, unsupported.code());
            case Failure.Unauthorized _ -> new Kind(INVALID, "invalid_api_key");
            case Failure.Forbidden _ -> new Kind(INVALID, "forbidden");
            case Failure.UnknownModel _ -> new Kind(INVALID, "model_not_found", "model");
            case Failure.Unservable _ -> new Kind(INVALID, "model_not_servable", "model");
            case Failure.UnknownPath _ -> new Kind(INVALID, "unknown_url");
            case Failure.MethodNotAllowed _ -> new Kind(INVALID, "method_not_allowed");
            case Failure.TooLarge large ->
                    new Kind(
                            INVALID,
                            large.afterDecoding()
                                    ? "request_body_too_large_after_decoding"
                                    : "request_too_large");
            case Failure.Refused refused -> refused(refused.status());
            case Failure.Overloaded _ -> new Kind("rate_limit_error", "rate_limit_exceeded");
            case Failure.NoCapacity _ -> new Kind(SERVER, "no_capacity");
            case Failure.StillLoading _ -> new Kind(SERVER, "model_loading");
            case Failure.LoadFailed failed ->
                    new Kind(
                            SERVER,
                            FailedPlace.onlyDied(failed.places())
                                    ? "engine_resting"
                                    : "model_load_failed");
            case Failure.EngineError engine ->
                    new Kind(engine.status() < 500 ? INVALID : SERVER, engine.code());
            case Failure.EngineGone _ -> new Kind(SERVER, "engine_gone");
            case Failure.NodeTls _ -> new Kind(SERVER, "node_tls");
            case Failure.EngineDied _ -> new Kind(SERVER, "engine_died");
            case Failure.EngineSilent _ -> new Kind(TIMEOUT, "engine_silent");
            case Failure.ShuttingDown _ -> new Kind(SERVER, "shutting_down");
            case Failure.ClientGone _ -> new Kind(SERVER, "client_gone");
            case Failure.Internal _ -> new Kind(SERVER, "internal_error");
        };
    }
}
