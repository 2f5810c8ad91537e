package cortex.gateway.http;

import cortex.core.dialect.anthropic.AnthropicErrors;
import cortex.core.dialect.openai.OpenAiErrors;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.relay.http.ClientWatch;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Turns any throwable into one failure, and a failure into one answer.
public final class FailureRenderer {
    private static final System.Logger LOG = System.getLogger(FailureRenderer.class.getName());
    private static final HeaderName RETRY_AFTER = HeaderNames.create("retry-after");
    private static final HeaderName SHOULD_RETRY = HeaderNames.create("x-should-retry");

    /// Renders in the dialect of the request; what is refused before it is one, in OpenAI's.
    public FailureRenderer() {}

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
        ServerResponse response = scope.response();
        boolean anthropic = scope.speaksAnthropic();
        response.status(anthropic ? AnthropicErrors.status(failure) : failure.status());
        response.header(HeaderValues.CONTENT_TYPE_JSON);
        headers(response, failure);
        response.send(
                anthropic
                        ? AnthropicErrors.render(failure, scope.id())
                        : OpenAiErrors.render(failure));
    }

    /// The body alone, for what is refused before it is a request.
    public byte[] body(Failure failure) {
        return OpenAiErrors.render(failure);
    }

    private static void headers(ServerResponse response, Failure failure) {
        Duration retryAfter = failure.retryAfter();
        if (retryAfter != null) {
            response.header(RETRY_AFTER, Long.toString(Math.max(1, retryAfter.toSeconds())));
        } else if (!worthRetrying(failure)) {
            response.header(SHOULD_RETRY, "false");
        }
        if (failure instanceof Failure.MethodNotAllowed wrong) {
            response.header(HeaderNames.ALLOW, String.join(", ", wrong.allowed()));
        }
        if (failure instanceof Failure.ShuttingDown || failure instanceof Failure.TooLarge) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        if (failure instanceof Failure.TooLarge) {
            ClientWatch.current().answeredEarly();
        }
    }

    /// SDKs repeat every 5xx; these would only fail again, and cost as much again. An engine that
    /// is gone is worth it: the next try finds or loads another replica.
    private static boolean worthRetrying(Failure failure) {
        return switch (failure) {
            case Failure.EngineGone _ -> true;
            case Failure.EngineError engine -> engine.status() == 502;
            default -> false;
        };
    }
}
