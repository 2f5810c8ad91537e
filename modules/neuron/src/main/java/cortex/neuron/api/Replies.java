package cortex.neuron.api;

import cortex.core.failure.FailureException;
import cortex.core.node.Json;
import cortex.neuron.replica.ReplicaBusyException;
import cortex.relay.http.RequestIds;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns values, and the answers only a neuron gives, into responses with the request's id.
/// Failures and faults are left to the server, which renders them alike for all programs.
final class Replies {
    private static final System.Logger LOG = System.getLogger(Replies.class.getName());

    private Replies() {}

    /// What answers a request.
    @FunctionalInterface
    interface Answer {
        void to(ServerRequest request, ServerResponse response);
    }

    /// Lets `answer` answer; a refusal becomes an OpenAI envelope, a failure a line in the log.
    static void guard(ServerRequest request, ServerResponse response, Answer answer) {
        try {
            answer.to(request, response);
        } catch (FailureException e) {
            tell(line(request) + e.failure().told(), e);
            throw e;
        } catch (Refusal e) {
            refusal(response, e);
        } catch (ReplicaBusyException e) {
            busy(response, e);
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

    private static void refusal(ServerResponse response, Refusal refusal) {
        response.status(Status.create(refusal.status()));
        if (refusal.status() == 503) {
            response.header(HeaderNames.RETRY_AFTER, "1");
        }
        json(response, Map.of("error", error(refusal, refusal.status(), refusal.code())));
    }

    private static void busy(ServerResponse response, ReplicaBusyException busy) {
        Map<String, @Nullable Object> error = error(busy, 409, "busy");
        error.put("in_flight", busy.inFlight());
        response.status(Status.CONFLICT_409);
        json(response, Map.of("error", error));
    }

    private static Map<String, @Nullable Object> error(
            RuntimeException answer, int status, String code) {
        Map<String, @Nullable Object> error = new LinkedHashMap<>();
        error.put("message", answer.getMessage());
        error.put("type", status < 500 ? "invalid_request_error" : "server_error");
        error.put("param", null);
        error.put("code", code);
        return error;
    }

    private static void send(ServerResponse response, byte[] body, String type) {
        response.header(HeaderNames.CONTENT_TYPE, type);
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        response.send(body);
    }

    /// A fault of our own comes with its trace; that an engine broke off is told in one line.
    private static void tell(String text, FailureException e) {
        switch (e.failure().status()) {
            case 500 -> LOG.log(Level.WARNING, text, e.getCause());
            case 502 -> LOG.log(Level.WARNING, text + root(e.getCause()));
            default -> LOG.log(Level.DEBUG, text, e.getCause());
        }
    }

    private static String root(@Nullable Throwable cause) {
        Throwable root = cause;
        while (root != null && root.getCause() != null) {
            root = root.getCause();
        }
        return root == null ? "" : " (" + root + ")";
    }

    private static String line(ServerRequest request) {
        return request.prologue().method().text()
                + " "
                + request.prologue().uriPath().rawPath()
                + " ["
                + RequestIds.current()
                + "]: ";
    }
}
