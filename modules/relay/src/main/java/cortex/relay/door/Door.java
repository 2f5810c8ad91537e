package cortex.relay.door;

import cortex.core.dialect.SseFraming;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.relay.http.ClientWatch;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.RequestIds;
import cortex.relay.pump.ClientGoneException;
import cortex.relay.pump.EngineAnswer;
import cortex.relay.pump.EngineException;
import cortex.relay.pump.Exchange;
import cortex.relay.pump.Pump;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Relays one request to one engine: method, query, headers and body as they are, less what belongs
/// to one hop and less the caller's credentials; the answer likewise, held back until its first
/// byte. Gives up on an engine that is silent for longer than `idle`. Small bodies are held in
/// `room`.
public record Door(Duration idle, HeldBodies room) {
    private static final long USUAL_ROOM = 32 << 20;

    /// A door with the usual room for bodies that are held.
    public Door(Duration idle) {
        this(idle, new HeldBodies(USUAL_ROOM));
    }

    /// Where a request goes.
    ///
    /// @param base the engine's base URL, no slash at the end
    /// @param key the key that the engine asks for; null when it asks for none
    /// @param path the path at the engine, with its leading slash, still percent-encoded
    /// @param model what failures call the engine
    /// @param heard told of each piece that the engine sends
    /// @param verdict what became of the engine, when it breaks off
    public record Target(
            URI base,
            @Nullable String key,
            String path,
            String model,
            Runnable heard,
            Verdict verdict) {
        /// One of whose process nothing is known.
        public Target(URI base, String path, String model) {
            this(base, null, path, model, () -> {}, _ -> null);
        }
    }

    /// Knows whether an engine that broke off has died.
    @FunctionalInterface
    public interface Verdict {
        /// Waits for up to `atMost` until it is known that the engine's process has ended by
        /// itself; null when that is not so.
        Failure.@Nullable EngineDied await(Duration atMost) throws InterruptedException;
    }

    /// How long the process's watcher may take to see that it has ended.
    private static final Duration VERDICT = Duration.ofSeconds(1);

    /// Relays the request, with its own query, to the target. Returns when the answer is complete.
    ///
    /// @throws FailureException EngineGone, EngineSilent or BadRequest, as long as nothing was sent
    ///   to the client
    /// @throws CloseConnectionException when the engine broke off in the middle or the client has
    ///   left: the connection ends without a clean end
    public void relay(
            ServerRequest request, ServerResponse response, HttpClient client, Target target) {
        try (RequestBody body = RequestBody.of(request, room)) {
            relay(request, response, client, target, body);
        }
    }

    private void relay(
            ServerRequest request,
            ServerResponse response,
            HttpClient client,
            Target target,
            RequestBody body) {
        HttpRequest outbound = outbound(request, target, body.publisher());
        ResponseHead head = new ResponseHead(response);
        ResponseSink sink = new ResponseSink(response, head);
        ClientWatch watch = ClientWatch.current();
        try (Exchange exchange = Exchange.send(client, outbound)) {
            if (body.upload() == null) {
                watch.watch(exchange::cancel);
            } else {
                body.upload().whenRead(() -> watch.watch(exchange::cancel));
            }
            boolean headOnly = request.prologue().method().equals(Method.HEAD);
            answer(exchange, head, headOnly, target.heard(), sink);
        } catch (EngineException e) {
            RuntimeException gaveUp = giveUp(body.upload(), response);
            Failure.EngineDied died = gaveUp == null ? died(e, target) : null;
            if (died != null && sink.isCommitted() && head.isEventStream()) {
                tellInStream(sink, died, request);
            }
            throw died == null || sink.isCommitted()
                    ? translate(e, target, sink, gaveUp)
                    : new FailureException(died, e);
        } catch (ClientGoneException e) {
            throw new CloseConnectionException("the client has left", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("the server stops", e);
        } finally {
            watch.unwatch();
        }
    }

    private void answer(
            Exchange exchange,
            ResponseHead head,
            boolean headOnly,
            Runnable heard,
            ResponseSink sink)
            throws EngineException, InterruptedException {
        EngineAnswer reply = exchange.await(idle);
        if (reply == null) {
            throw EngineException.silent(idle);
        }
        heard.run();
        head.of(reply);
        byte[] whole = headOnly ? null : reply.body().whole();
        if (whole != null) {
            sink.sendWhole(whole);
            return;
        }
        Pump.run(
                reply.body(),
                idle,
                (bytes, offset, length) -> {
                    heard.run();
                    sink.write(bytes, offset, length);
                });
        sink.end();
    }

    /// An engine that broke off while it worked may have died at it. One that could not even be
    /// connected to has seen nothing of the request.
    private static Failure.@Nullable EngineDied died(EngineException e, Target target) {
        if (e.kind() != EngineException.Kind.BROKEN) {
            return null;
        }
        try {
            return target.verdict().await(VERDICT);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /// A stream that has begun can still tell why it ends. The part of an event that was cut off is
    /// ended first; no client takes it for whole.
    private static void tellInStream(
            ResponseSink sink, Failure.EngineDied died, ServerRequest request) {
        var refused = new ErrorBody.Refused(RequestIds.current(), "", request.headers());
        byte[] event = SseFraming.data(ErrorBody.forOperators().render(died, refused), true);
        try {
            sink.write(event, 0, event.length);
        } catch (ClientGoneException gone) {
            throw new CloseConnectionException("the client has left", gone);
        }
    }

    private static HttpRequest outbound(
            ServerRequest request, Target target, HttpRequest.BodyPublisher body) {
        String query = request.query().rawValue();
        String url = target.base() + target.path() + (query.isEmpty() ? "" : "?" + query);
        try {
            HttpRequest.Builder builder =
                    HttpRequest.newBuilder(URI.create(url))
                            .method(request.prologue().method().text(), body);
            Forwarding.request(request.headers(), builder);
            if (target.key() != null) {
                builder.setHeader("Authorization", "Bearer " + target.key());
            }
            return builder.setHeader(RequestIds.X_REQUEST_ID.lowerCase(), RequestIds.current())
                    .build();
        } catch (IllegalArgumentException e) {
            throw new FailureException(
                    new Failure.BadRequest("The request's URL or a header is not valid.", null), e);
        }
    }

    /// What the client did wrong while it was still sending, or null. A body that was not read to
    /// its end leaves a connection that cannot be used again.
    private static @Nullable RuntimeException giveUp(
            @Nullable Upload upload, ServerResponse response) {
        if (upload == null || upload.isRead()) {
            return null;
        }
        response.header(HeaderValues.CONNECTION_CLOSE);
        return upload.failure();
    }

    private RuntimeException translate(
            EngineException e,
            Target target,
            ResponseSink sink,
            @Nullable RuntimeException upload) {
        if (upload != null) {
            return upload;
        }
        if (sink.isCommitted() || e.kind() == EngineException.Kind.CANCELLED) {
            return new CloseConnectionException("the answer cannot be completed", e);
        }
        Failure failure =
                switch (e.kind()) {
                    case SILENT -> new Failure.EngineSilent(target.model(), idle);
                    case UNREACHABLE, UNSAFE, BROKEN, CANCELLED ->
                            new Failure.EngineGone(
                                    target.model(),
                                    "The engine of '"
                                            + target.model()
                                            + "' "
                                            + e.getMessage()
                                            + ".");
                };
        return new FailureException(failure, e);
    }
}
