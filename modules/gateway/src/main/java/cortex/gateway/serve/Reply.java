package cortex.gateway.serve;

import cortex.core.dialect.SseFraming;
import cortex.core.dialect.openai.OpenAiErrors;
import cortex.core.failure.Failure;
import cortex.core.time.Time;
import cortex.gateway.http.FailureRenderer;
import cortex.gateway.http.RequestScope;
import cortex.gateway.serve.translate.SideEvents;
import cortex.relay.door.ResponseSink;
import cortex.relay.http.ClientWatch;
import cortex.relay.http.ContentTypes;
import cortex.relay.pump.EngineAnswer;
import cortex.relay.pump.EngineBody;
import cortex.relay.pump.EngineException;
import cortex.relay.pump.Sink;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The client's side of one request. Holds the status line back until the engine's first byte, or,
/// for a streaming client, until it has waited long enough to need a sign of life; knows what may
/// still be said in which way. For one thread.
final class Reply implements Sink {
    private static final HeaderName BUFFERING = HeaderNames.create("x-accel-buffering");
    private static final String EVENT_STREAM = "text/event-stream; charset=utf-8";
    private static final Duration FOREVER = Duration.ofDays(365);

    private final RequestScope scope;
    private final FailureRenderer failures;
    private final Time time;
    private final Duration keepalive;
    private final ResponseSink sink;
    private Runnable head = () -> eventStreamHead(EVENT_STREAM);
    private boolean streaming;
    private boolean begun;

    /// Whether the answer goes on later: none of its bytes are on their way now.
    private boolean paused;

    private BooleanSupplier insideEvent = () -> false;
    private SideEvents side = new PlainSideEvents();
    private long lastSign;
    private boolean onlySigned;

    /// Answers the request in `scope`; `keepalive` is the silence a streaming client is left in.
    Reply(RequestScope scope, FailureRenderer failures, Time time, Duration keepalive) {
        this.scope = scope;
        this.failures = failures;
        this.time = time;
        this.keepalive = keepalive;
        this.sink = new ResponseSink(scope.response(), () -> head.run());
        this.lastSign = scope.acceptedAt();
    }

    /// The client asked for a stream: it may be sent comments.
    void streaming() {
        streaming = true;
    }

    /// From now on the client is spoken to in another dialect than the engines'.
    void sendSideEventsOf(SideEvents other) {
        side = other;
    }

    /// The engine has begun the answer that is being translated: no other may take over.
    void answering() {
        begun = true;
    }

    /// Sends events of our own making; they are signs of life themselves.
    void writeEvents(byte[] bytes, int offset, int length) {
        sink.write(bytes, offset, length);
        lastSign = time.nanos();
        onlySigned = false;
    }

    /// Puts a header on the answer.
    void mark(String header, String value) {
        scope.response().header(HeaderNames.create(header), value);
    }

    /// The client is answered before it has sent all: its connection ends with the answer.
    void endsConnection() {
        if (!sink.isCommitted()) {
            scope.response().header(HeaderValues.CONNECTION_CLOSE);
        }
        ClientWatch.current().answeredEarly();
    }

    /// Sends a translated answer that is there as a whole.
    void sendJson(byte[] body) {
        head =
                () -> {
                    scope.response().status(200);
                    scope.response().header(HeaderValues.CONTENT_TYPE_JSON);
                };
        begun = true;
        sink.sendWhole(body);
    }

    /// Whether any of the engine's answer went out.
    boolean begun() {
        return begun && sink.isCommitted();
    }

    /// Something that is waited for in slices, between which the client may be sent a sign of life.
    @FunctionalInterface
    interface Slices<T, E extends Exception> {
        /// Waits for up to `slice`; null when it has not come.
        @Nullable T await(Duration slice) throws E, InterruptedException;
    }

    /// Waits up to `patience` for something; a streaming client is sent a sign of life whenever one
    /// is due. Null when it has not come.
    <T, E extends Exception> @Nullable T awaiting(Duration patience, Slices<T, E> what)
            throws E, InterruptedException {
        long deadline = time.nanos() + patience.toNanos();
        while (true) {
            Duration left = Duration.ofNanos(deadline - time.nanos());
            T come = what.await(untilSign(left));
            if (come != null || !left.isPositive()) {
                return come;
            }
            keepaliveIfDue();
        }
    }

    /// Waits up to `patience` for the next bytes of an engine's answer, likewise; their number, -1
    /// at the end of the body, 0 when none have come.
    int awaiting(Duration patience, EngineBody body, byte[] buffer)
            throws EngineException, InterruptedException {
        Integer read =
                awaiting(
                        patience,
                        slice -> {
                            int n = body.poll(buffer, slice);
                            return n == 0 ? null : n;
                        });
        return read == null ? 0 : read;
    }

    /// The part of `longest` that may be waited before a sign of life is due.
    private Duration untilSign(Duration longest) {
        Duration due = streaming ? silence().minusNanos(time.nanos() - lastSign) : FOREVER;
        Duration shorter = due.compareTo(longest) < 0 ? due : longest;
        return shorter.isNegative() ? Duration.ZERO : shorter;
    }

    /// Sends a sign of life when one is due.
    void keepaliveIfDue() {
        boolean may = streaming && (!begun || paused || side.aliveAnytime());
        if (may && time.nanos() - lastSign >= silence().toNanos()) {
            side.alive();
            lastSign = time.nanos();
            onlySigned = true;
        }
    }

    /// The silence after which a sign of life is due.
    private Duration silence() {
        return onlySigned ? keepalive.multipliedBy(side.spacing()) : keepalive;
    }

    /// The engine streams: what is written from now on is the answer. `inside` tells whether the
    /// bytes written so far end inside of an event.
    void beginStream(HttpHeaders engine, BooleanSupplier inside) {
        String type = ContentTypes.of(engine.allValues("content-type"));
        head = () -> eventStreamHead(type);
        streaming = true;
        insideEvent = inside;
        begun = true;
        paused = false;
    }

    /// A part of the stream is over, and the next one is to come: until then the client may be sent
    /// signs of life.
    void pause() {
        insideEvent = () -> false;
        paused = true;
        lastSign = time.nanos();
        onlySigned = false;
    }

    /// The engine sends a long answer in one piece: what is written from now on is the answer,
    /// `asItIs` or not.
    void beginBody(EngineAnswer engine, boolean asItIs) {
        head =
                () -> {
                    bodyHead(engine);
                    if (asItIs) {
                        engine.headers()
                                .firstValueAsLong("content-length")
                                .ifPresent(scope.response()::contentLength);
                    }
                };
        begun = true;
    }

    /// Sends an answer that is there as a whole.
    void send(EngineAnswer engine, byte[] body) {
        head = () -> bodyHead(engine);
        begun = true;
        sink.sendWhole(body);
    }

    /// Whether the status line is out.
    boolean committed() {
        return sink.isCommitted();
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        sink.write(bytes, offset, length);
    }

    /// Ends the answer cleanly.
    void end() {
        sink.end();
    }

    /// Answers with a failure: as an HTTP error while that is possible, else as a last event before
    /// the connection is cut or, where the event itself says that the answer is over, well ended.
    ///
    /// @throws CloseConnectionException when the answer had begun and its end must not look good
    void fail(Failure failure) {
        boolean event = streaming && side.onlyAsEvent(failure);
        if (!sink.isCommitted() && !event) {
            failures.send(scope, failure);
            return;
        }
        boolean there = !(failure instanceof Failure.ClientGone);
        if (streaming && there && side.failed(failure)) {
            sink.end();
            return;
        }
        throw new CloseConnectionException("cut after: " + failure.outcome());
    }

    /// The dialect that is passed through.
    private final class PlainSideEvents implements SideEvents {
        @Override
        public void alive() {
            byte[] comment = SseFraming.keepalive();
            sink.write(comment, 0, comment.length);
        }

        /// Nobody counts comments.
        @Override
        public int spacing() {
            return 1;
        }

        /// Between the engine's bytes a comment could end up inside of an event.
        @Override
        public boolean aliveAnytime() {
            return false;
        }

        @Override
        public boolean failed(Failure failure) {
            byte[] event =
                    SseFraming.data(
                            OpenAiErrors.render(failure, scope.id()), insideEvent.getAsBoolean());
            sink.write(event, 0, event.length);
            return false;
        }

        @Override
        public boolean onlyAsEvent(Failure failure) {
            return false;
        }
    }

    private void eventStreamHead(String contentType) {
        ServerResponse response = scope.response();
        response.status(200);
        response.header(HeaderNames.CONTENT_TYPE, contentType);
        response.header(HeaderNames.CACHE_CONTROL, "no-cache");
        response.header(BUFFERING, "no");
    }

    private void bodyHead(EngineAnswer engine) {
        ServerResponse response = scope.response();
        response.status(engine.statusCode());
        response.header(
                HeaderNames.CONTENT_TYPE,
                ContentTypes.of(engine.headers().allValues("content-type")));
    }
}
