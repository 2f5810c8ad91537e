package cortex.gateway.http;

import cortex.core.dialect.anthropic.AnthropicErrors;
import cortex.core.dialect.openai.OpenAiErrors;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.relay.http.ClientWatch;
import cortex.relay.http.ErrorBody;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.RequestException;
import io.helidon.http.WritableHeaders;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns any throwable into one failure, and a failure into one answer: status, headers and body in
/// the client's own dialect, also for what is refused before it is a request.
public final class FailureRenderer implements ErrorBody {
    private static final System.Logger LOG = System.getLogger(FailureRenderer.class.getName());

    private final Cors cors;

    /// Renders for clients that `cors` lets in.
    public FailureRenderer(Cors cors) {
        this.cors = cors;
    }

    static int status(Failure failure, boolean anthropic) {
        return anthropic ? AnthropicErrors.status(failure) : failure.status();
    }

    /// The body in a dialect. OpenAI's is the one of its Responses too.
    static byte[] body(Failure failure, boolean anthropic, String requestId) {
        return anthropic
                ? AnthropicErrors.render(failure, requestId)
                : OpenAiErrors.render(failure, requestId);
    }

    /// The body for whoever asks: an operator, who was let in below `/admin/`, reads all.
    private static byte[] body(Failure failure, RequestScope scope) {
        return scope.rawPath().startsWith("/admin/") && failure.detail() != null
                ? ErrorBody.forOperators()
                        .render(
                                failure,
                                new Refused(scope.id(), scope.rawPath(), scope.request().headers()))
                : body(failure, scope.speaksAnthropic(), scope.id());
    }

    /// What a throwable means. What nobody foresaw is logged with its trace under the request's id.
    public Failure failureOf(Throwable thrown, String requestId) {
        return switch (thrown) {
            case FailureException known -> known.failure();
            case RequestException bad -> ofStatus(bad.status().code(), bad.getMessage(), requestId);
            case HttpException bad -> ofStatus(bad.status().code(), bad.getMessage(), requestId);
            default -> {
                LOG.log(System.Logger.Level.ERROR, "request " + requestId + " failed", thrown);
                yield new Failure.Internal(requestId);
            }
        };
    }

    private static Failure ofStatus(int status, @Nullable String message, String requestId) {
        if (status >= 400 && status < 500) {
            String sentence = message == null ? "The request cannot be read." : message;
            return status == 400
                    ? new Failure.BadRequest(sentence, null)
                    : new Failure.Refused(status, sentence);
        }
        return new Failure.Internal(requestId);
    }

    /// Sends the failure as the whole answer; nothing may have been sent before. A client that has
    /// left gets its connection cut.
    public void send(RequestScope scope, Failure failure) {
        if (failure instanceof Failure.ClientGone) {
            throw new CloseConnectionException("the client has left");
        }
        boolean anthropic = scope.speaksAnthropic();
        ServerResponse response = scope.response();
        response.status(status(failure, anthropic));
        response.header(HeaderValues.CONTENT_TYPE_JSON);
        headers(failure).forEach((name, value) -> response.header(HeaderNames.create(name), value));
        if (failure instanceof Failure.ShuttingDown || failure instanceof Failure.TooLarge) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        ClientWatch watch = ClientWatch.current();
        if (failure instanceof Failure.TooLarge) {
            watch.answeredEarly();
        }
        watch.unwatch();
        response.send(body(failure, scope));
    }

    @Override
    public byte[] render(Failure failure, Refused request) {
        boolean anthropic = RequestScope.speaksAnthropic(request.path(), request.headers());
        return body(failure, anthropic, request.id());
    }

    @Override
    public void headers(Failure failure, Refused request, WritableHeaders<?> response) {
        headers(failure).forEach((name, value) -> response.set(HeaderNames.create(name), value));
        response.set(RequestScope.REQUEST_ID, request.id());
        cors.onto(Route.of(request.path()), request.headers(), response);
    }

    /// When to try again, in whole seconds; or, of what libraries would otherwise repeat at once,
    /// that it is no use.
    static Map<String, String> headers(Failure failure) {
        Map<String, String> headers = new LinkedHashMap<>();
        Duration retryAfter = failure.retryAfter();
        if (retryAfter != null) {
            long seconds = retryAfter.plusMillis(999).toSeconds();
            headers.put("retry-after", Long.toString(Math.max(1, seconds)));
        } else if (!worthRetrying(failure)) {
            headers.put("x-should-retry", "false");
        }
        if (failure instanceof Failure.MethodNotAllowed wrong) {
            headers.put("allow", String.join(", ", wrong.allowed()));
        }
        return headers;
    }

    /// SDKs repeat every 408, 409, 429 and 5xx. What would only fail again, and cost as much again,
    /// is not worth it; an engine that is gone is: the next try finds or loads another replica.
    private static boolean worthRetrying(Failure failure) {
        return switch (failure) {
            case Failure.BadRequest _, Failure.ContextOverflow _, Failure.Unsupported _ -> false;
            case Failure.Unauthorized _, Failure.Forbidden _ -> false;
            case Failure.UnknownModel _, Failure.Unservable _ -> false;
            case Failure.UnknownPath _, Failure.MethodNotAllowed _, Failure.TooLarge _ -> false;
            case Failure.Refused refused -> refused.status() == 408;
            case Failure.Overloaded _, Failure.NoCapacity _, Failure.StillLoading _ -> true;
            case Failure.LoadFailed _, Failure.ShuttingDown _ -> true;
            case Failure.EngineError engine -> engine.status() == 502;
            case Failure.EngineGone _, Failure.NodeTls _ -> true;
            // The next try would end the next engine.
            case Failure.EngineDied _ -> false;
            case Failure.EngineSilent _, Failure.ClientGone _, Failure.Internal _ -> false;
        };
    }
}
