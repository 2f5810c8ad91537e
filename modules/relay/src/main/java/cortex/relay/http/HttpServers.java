package cortex.relay.http;

import cortex.core.config.HostPort;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.time.Time;
import cortex.relay.connection.Connections;
import cortex.relay.connection.Listener;
import cortex.relay.tls.ReloadingTls;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.encoding.ContentDecoder;
import io.helidon.http.encoding.ContentEncoder;
import io.helidon.http.encoding.ContentEncoding;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.media.MediaContext;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Starts HTTP servers the one way that was measured to work for streaming: every default of the
/// library that hurts is set here. Every response carries `x-request-id` and
/// `x-content-type-options`; what routes let through and what the parser refuses is answered in
/// JSON.
public final class HttpServers {
    /// No browser guesses what an answer is.
    static final Header NOSNIFF = HeaderValues.createCached("X-Content-Type-Options", "nosniff");

    private HttpServers() {}

    /// Starts a server; returns when it listens.
    ///
    /// @throws BindException when the address cannot be listened on
    public static RunningServer start(
            ServerSettings settings,
            ErrorBody bodies,
            Time time,
            Consumer<HttpRouting.Builder> routes) {
        return start(settings, bodies, time, null, routes);
    }

    /// The same over TLS, or with null without it.
    ///
    /// @throws BindException when the address cannot be listened on
    public static RunningServer start(
            ServerSettings settings,
            ErrorBody bodies,
            Time time,
            @Nullable ReloadingTls tls,
            Consumer<HttpRouting.Builder> routes) {
        ServerErrors errors = new ServerErrors(bodies, settings.maxBodyBytes());
        HttpRouting.Builder routing =
                HttpRouting.builder()
                        .addFilter((chain, request, response) ->
                                frame(chain, request, response, settings.maxBodyBytes()));
        errors.into(routing);
        routes.accept(routing);
        Router router = Router.builder().addRouting(routing).build();
        Listener listener = bind(settings.listen(), time);
        HostPort bound = new HostPort(settings.listen().host(), listener.port());
        Connections connections =
                new Connections(bound.toString(), settings.crowd(), settings.patience(), time);
        router.beforeStart();
        connections.start();
        listener.start(
                new WatchedHttp1(
                        settings,
                        connections,
                        new WatchedHttp1.Parts(
                                http1(settings),
                                context(settings, errors),
                                router,
                                full(bodies),
                                tls,
                                new RefusalLog(time)),
                        time),
                connections::makeRoom);
        return new RunningServer(listener, connections, bound, settings.drainGrace());
    }

    private static Listener bind(HostPort listen, Time time) {
        String problem = BindException.problem(listen);
        if (problem != null) {
            throw new BindException(listen, problem);
        }
        try {
            InetAddress host = InetAddress.getByName(listen.host());
            return Listener.bind(new InetSocketAddress(host, listen.port()), time);
        } catch (IOException e) {
            throw new BindException(listen, e);
        }
    }

    /// What the library asks about the server a connection belongs to.
    private static ListenerContext context(ServerSettings settings, ServerErrors errors) {
        DirectHandlers.Builder direct = DirectHandlers.builder();
        errors.into(direct);
        ListenerConfig config =
                ListenerConfig.builder()
                        .maxPayloadSize(settings.maxBodyBytes())
                        .errorHandling(handling -> handling.includeEntity(true))
                        .protocolsDiscoverServices(false)
                        .buildPrototype();
        return new Context(
                io.helidon.common.context.Context.create(),
                MediaContext.create(),
                ContentEncodingContext.create(encodings ->
                        encodings
                                .contentEncodingsDiscoverServices(false)
                                .addContentEncoding(new StillEncoded())),
                direct.build(),
                config,
                Executors.newVirtualThreadPerTaskExecutor());
    }

    private record Context(
            io.helidon.common.context.Context context,
            MediaContext mediaContext,
            ContentEncodingContext contentEncodingContext,
            DirectHandlers directHandlers,
            ListenerConfig config,
            ExecutorService executor)
            implements ListenerContext {}

    /// The whole answer to those for whom there is no place.
    private static String full(ErrorBody bodies) {
        Failure failure =
                new Failure.Refused(
                        503,
                        "Too many connections are open, and none of them waits. Come back in a"
                                + " moment, and keep fewer connections open.");
        ErrorBody.Refused refused =
                new ErrorBody.Refused("none", "", ServerRequestHeaders.create());
        byte[] body = bodies.render(failure, refused);
        String head =
                "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
                        + "Retry-After: 1\r\nConnection: close\r\nContent-Length: "
                        + body.length
                        + "\r\n\r\n";
        return head + new String(body, StandardCharsets.UTF_8);
    }

    private static Http1ConnectionSelector http1(ServerSettings settings) {
        return Http1ConnectionSelector.builder()
                .config(
                        Http1Config.builder()
                                .maxHeadersSize(settings.heads().maxHeaders())
                                .maxPrologueLength(settings.heads().maxFirstLine())
                                .build())
                .build();
    }

    private static void frame(
            FilterChain chain, RoutingRequest request, RoutingResponse response, long maxBody) {
        ClientWatch watch = ClientWatch.current();
        if (watch.isUnreadable()) {
            throw new CloseConnectionException("the client has left, or sends nonsense");
        }
        response.beforeSend(() -> {
            watch.connection().answers(response.status().code());
            if (watch.connection().isRefusedForGood()) {
                response.header(HeaderValues.CONNECTION_CLOSE);
            }
        });
        String id = RequestIds.of(request.headers());
        boolean last = request.headers().containsToken(HeaderValues.CONNECTION_CLOSE);
        watch.requestBegins(id, bodyBytes(request), last);
        response.header(RequestIds.X_REQUEST_ID, id);
        response.header(NOSNIFF);
        if (request.headers().contains(HeaderNames.TRANSFER_ENCODING)) {
            request.streamFilter(body -> new ChunkedBody(body, watch, maxBody));
            response.beforeSend(() -> {
                if (watch.isUnreadable()) {
                    response.header(HeaderValues.CONNECTION_CLOSE);
                }
            });
        }
        try {
            chain.proceed();
        } finally {
            watch.requestEnds();
        }
        if (response.isSent()) {
            watch.connection().answered();
        }
        if (response.isSent() && (last || watch.isUnreadable())) {
            // The library announces the close, and then waits for the client to do it.
            throw new CloseConnectionException("closed as announced");
        }
    }

    private static long bodyBytes(RoutingRequest request) {
        return request.headers().contains(HeaderNames.TRANSFER_ENCODING)
                ? -1
                : request.headers().contentLength().orElse(0);
    }

    /// Bodies in these encodings are let through as they are: whoever reads one decodes it, and
    /// knows how much of it may come out. In others they are refused; responses are never encoded.
    private record StillEncoded() implements ContentEncoding {
        @Override
        public Set<String> ids() {
            return Set.of("gzip", "x-gzip", "deflate", "identity");
        }

        @Override
        public boolean supportsEncoding() {
            return false;
        }

        @Override
        public boolean supportsDecoding() {
            return true;
        }

        @Override
        public ContentDecoder decoder() {
            return ContentDecoder.NO_OP;
        }

        @Override
        public ContentEncoder encoder() {
            return ContentEncoder.NO_OP;
        }

        @Override
        public String name() {
            return "still-encoded";
        }

        @Override
        public String type() {
            return "still-encoded";
        }
    }

    /// A chunked body whose framing is nonsense is the client's fault, though the library's parser
    /// lets exceptions of its own out. Where the next request begins cannot be told after that, so
    /// nothing more is read, not even to drop it.
    private static final class ChunkedBody extends FilterInputStream {
        private final ClientWatch watch;
        private final long maxBody;

        ChunkedBody(InputStream origin, ClientWatch watch, long maxBody) {
            super(origin);
            this.watch = watch;
            this.maxBody = maxBody;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            try {
                return super.read(into, offset, length);
            } catch (RequestException e) {
                throw broken(e, e.status().code() == 413);
            } catch (IllegalArgumentException | DataReader.IncorrectNewLineException e) {
                throw broken(e, false);
            }
        }

        @Override
        public void close() throws IOException {
            if (!watch.isUnreadable()) {
                super.close();
            }
        }

        private FailureException broken(RuntimeException cause, boolean tooLarge) {
            watch.unreadable();
            return new FailureException(
                    tooLarge
                            ? new Failure.TooLarge(maxBody)
                            : new Failure.BadRequest(
                                    "The body's chunks are not valid HTTP, or have extensions or"
                                            + " trailers, which are not taken here.",
                                    null),
                    cause);
        }
    }
}
