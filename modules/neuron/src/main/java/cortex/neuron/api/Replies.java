package cortex.neuron.api;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.node.Json;
import cortex.neuron.replica.ReplicaBusyException;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.RequestIds;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns values and exceptions into responses. Every response carries the request's id; every error
/// is an OpenAI envelope.
final class Replies {
    private static final System.Logger LOG = System.getLogger(Replies.class.getName());
    private static final ErrorBody ERRORS = ErrorBody.openAi();

    private Replies() {}

    /// What answers a request.
    @FunctionalInterface
    interface Answer {
        void to(ServerRequest request, ServerResponse response);
    }

    /// Lets `answer` answer, and answers in its place when it throws.
    static void guard(ServerRequest request, ServerResponse response, Answer answer) {
        String id = RequestIds.of(request.headers());
        response.header(RequestIds.X_REQUEST_ID, id);
        try {
            answer.to(request, response);
        } catch (CloseConnectionException e) {
            throw e;
        } catch (FailureException e) {
            LOG.log(level(e.failure()), () -> line(request, id, e.failure().message()), e);
            failure(response, e.failure(), id);
        } catch (Refusal e) {
            refusal(response, e, id);
        } catch (ReplicaBusyException e) {
            busy(response, e, id);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, line(request, id, "failed"), e);
            if (response.isSent()) {
                throw new CloseConnectionException("failed after the answer had begun", e);
            }
            failure(response, new Failure.Internal(id), id);
        }
    }

    /// Answers 200 with a JSON body.
    static void json(ServerResponse response, Object body) {
        send(response, Json.MAPPER.writeValueAsBytes(body), "application/json");
    }

    /// Answers 200 with text.
    static void text(ServerResponse response, byte[] utf8) {
        send(response, utf8, "text/plain; charset=utf-8");
    }

    private static void failure(ServerResponse response, Failure failure, String id) {
        response.status(Status.create(failure.status()));
        Duration retryAfter = failure.retryAfter();
        if (retryAfter != null) {
            long seconds = Math.max(1, (retryAfter.toMillis() + 999) / 1000);
            response.header(HeaderNames.RETRY_AFTER, Long.toString(seconds));
        }
        if (failure instanceof Failure.MethodNotAllowed not) {
            response.header(HeaderNames.ALLOW, String.join(", ", not.allowed()));
        }
        send(response, ERRORS.render(failure, id), "application/json");
    }

    private static void refusal(ServerResponse response, Refusal refusal, String id) {
        response.status(Status.create(refusal.status()));
        if (refusal.status() == 503) {
            response.header(HeaderNames.RETRY_AFTER, "1");
        }
        json(response, Map.of("error", error(refusal, refusal.code(), id)));
    }

    private static void busy(ServerResponse response, ReplicaBusyException busy, String id) {
        Map<String, @Nullable Object> error = error(busy, "busy", id);
        error.put("in_flight", busy.inFlight());
        response.status(Status.CONFLICT_409);
        json(response, Map.of("error", error));
    }

    private static Map<String, @Nullable Object> error(
            RuntimeException answer, String code, String id) {
        Map<String, @Nullable Object> error = new LinkedHashMap<>();
        error.put("message", answer.getMessage());
        error.put("type", "invalid_request_error");
        error.put("param", null);
        error.put("code", code);
        error.put("request_id", id);
        return error;
    }

    private static void send(ServerResponse response, byte[] body, String type) {
        response.header(HeaderNames.CONTENT_TYPE, type);
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        response.send(body);
    }

    private static Level level(Failure failure) {
        boolean ours = List.of(500, 502).contains(failure.status());
        return ours ? Level.WARNING : Level.DEBUG;
    }

    private static String line(ServerRequest request, String id, String what) {
        return request.prologue().method().text()
                + " "
                + request.prologue().uriPath().rawPath()
                + " ["
                + id
                + "]: "
                + what;
    }
}
