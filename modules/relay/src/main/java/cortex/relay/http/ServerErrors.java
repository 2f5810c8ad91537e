package cortex.relay.http;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Answers everything that goes wrong outside of the routes, and what routes let through, with a
/// status, a JSON body and a request id, and nothing of the program's insides.
record ServerErrors(ErrorBody bodies, long maxBodyBytes) implements DirectHandler {
    private static final System.Logger LOG = System.getLogger(ServerErrors.class.getName());

    /// For what the HTTP parser refuses before there is a request.
    void into(DirectHandlers.Builder handlers) {
        for (EventType type : EventType.values()) {
            handlers.addHandler(type, this);
        }
    }

    /// For what routes throw; a program may register its own over these.
    void into(HttpRouting.Builder routes) {
        routes.error(FailureException.class, (q, s, e) -> answer(q, s, e.failure()));
        routes.error(HttpException.class, (q, s, e) -> answer(q, s, failure(q, e)));
        routes.error(Throwable.class, this::unexpected);
    }

    /// What goes wrong before a request is handled is the request's fault, even where the library's
    /// parser throws what it calls an internal error.
    @Override
    public TransportResponse handle(
            TransportRequest request,
            EventType type,
            Status status,
            ServerResponseHeaders headers,
            @Nullable String message) {
        String id = RequestIds.of(request.headers());
        boolean parsing = type == EventType.INTERNAL_ERROR && !ClientWatch.current().isInRequest();
        Failure failure =
                parsing
                        ? malformed(message)
                        : failure(status, request.method(), request.path(), message, id);
        ErrorBody.Refused refused = new ErrorBody.Refused(id, request.path(), request.headers());
        lingerIfUnread(failure);
        ClientWatch.current().connection().answers(failure.status());
        bodies.headers(failure, refused, headers);
        return TransportResponse.builder()
                .status(status(failure))
                .headers(headers)
                .header(HeaderValues.CONTENT_TYPE_JSON)
                .header(RequestIds.X_REQUEST_ID, id)
                .header(HttpServers.NOSNIFF)
                .keepAlive(false)
                .entity(bodies.render(failure, refused))
                .build();
    }

    private void unexpected(ServerRequest request, ServerResponse response, Throwable fault) {
        String id = ClientWatch.current().requestId();
        LOG.log(
                System.Logger.Level.ERROR,
                "request " + id + " " + request.prologue().method() + " failed unexpectedly",
                fault);
        answer(request, response, new Failure.Internal(id));
    }

    private void answer(ServerRequest request, ServerResponse response, Failure failure) {
        String id = ClientWatch.current().requestId();
        ErrorBody.Refused refused =
                new ErrorBody.Refused(
                        id, request.prologue().uriPath().rawPath(), request.headers());
        response.status(status(failure));
        boolean close = response.headers().containsToken(HeaderValues.CONNECTION_CLOSE);
        response.headers().clear();
        if (close) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        lingerIfUnread(failure);
        response.header(HeaderValues.CONTENT_TYPE_JSON);
        response.header(RequestIds.X_REQUEST_ID, id);
        response.header(HttpServers.NOSNIFF);
        Duration retryAfter = failure.retryAfter();
        if (retryAfter != null) {
            long seconds = Math.max(1, retryAfter.plusMillis(999).toSeconds());
            response.header(HeaderNames.RETRY_AFTER, Long.toString(seconds));
        }
        if (failure instanceof Failure.MethodNotAllowed wrong) {
            response.header(HeaderNames.ALLOW, String.join(", ", wrong.allowed()));
        }
        bodies.headers(failure, refused, response.headers());
        try {
            response.send(bodies.render(failure, refused));
        } catch (CloseConnectionException e) {
            // the library would write a warning for every client that leaves without its refusal
            LOG.log(System.Logger.Level.TRACE, "a refused client has left", e);
            ClientWatch.current().unreadable();
        }
    }

    /// The library has no words of its own for 431.
    private static Status status(Failure failure) {
        return failure.status() == 431
                ? Status.create(431, "Request Header Fields Too Large")
                : Status.create(failure.status());
    }

    private static void lingerIfUnread(Failure failure) {
        boolean head = failure.status() == 414 || failure.status() == 431;
        if (head || failure instanceof Failure.TooLarge || failure instanceof Failure.Unsupported) {
            ClientWatch.current().answeredEarly();
        }
    }

    private Failure failure(ServerRequest request, HttpException e) {
        return failure(
                e.status(),
                request.prologue().method().text(),
                request.prologue().uriPath().path(),
                e.getMessage(),
                ClientWatch.current().requestId());
    }

    private Failure failure(
            Status status, String method, String path, @Nullable String message, String id) {
        boolean headersTooLarge = message != null && message.contains("Header size exceeded");
        return switch (status.code()) {
            case 404 -> new Failure.UnknownPath(method, path);
            case 405 -> new Failure.MethodNotAllowed(method, path, List.of());
            case 413 -> new Failure.TooLarge(maxBodyBytes);
            case 414 -> new Failure.Refused(414, "The request's URL is too long for this server.");
            case 501 ->
                    new Failure.Refused(
                            501,
                            "This server takes bodies as they are or chunked, in no other transfer"
                                    + " encoding.");
            case 503 -> new Failure.ShuttingDown();
            case 505 ->
                    new Failure.Refused(
                            505,
                            "This server speaks HTTP/1.1; the request does not. (nginx in front of"
                                    + " it: set proxy_http_version 1.1.)");
            case 431 -> headersTooLarge();
            case 400 -> headersTooLarge ? headersTooLarge() : malformed(message);
            default ->
                    status.code() < 500
                            ? new Failure.Refused(status.code(), "The request was refused.")
                            : new Failure.Internal(id);
        };
    }

    private static Failure headersTooLarge() {
        return new Failure.Refused(
                431, "The request's headers are too large, or too many, for this server.");
    }

    private static Failure malformed(@Nullable String message) {
        return message != null && message.toLowerCase(Locale.ROOT).contains("content encoding")
                ? new Failure.Unsupported(
                        400,
                        "Unsupported Content-Encoding. Use gzip, deflate or none.",
                        "request_body_encoding_unsupported")
                : new Failure.BadRequest("This is not a valid HTTP request.", null);
    }
}
