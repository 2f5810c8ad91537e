package cortex.relay.http;

import cortex.core.config.HostPort;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.time.Time;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.http.encoding.ContentDecoder;
import io.helidon.http.encoding.ContentEncoder;
import io.helidon.http.encoding.ContentEncoding;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;

/// Starts HTTP servers the one way that was measured to work for streaming: every default of the
/// library that hurts is set here. Every response carries `x-request-id` and
/// `x-content-type-options`; what routes let through and what the parser refuses is answered in
/// JSON.
public final class HttpServers {
    /// No browser guesses what an answer is.
    static final Header NOSNIFF = HeaderValues.createCached("X-Content-Type-Options", "nosniff");

    /// The default of 4 KiB makes a 20 MB upload three times slower.
    private static final int RECEIVE_BUFFER = 1 << 20;

    private static final int BACKLOG = 8192;

    /// Idle connections are {@link SlowClients}' affair; the library's own timer would also mark
    /// the connections of long streams.
    private static final Duration NEVER = Duration.ofDays(3650);

    private HttpServers() {}

    /// Starts a server; returns when it listens.
    ///
    /// @throws BindException when the address cannot be listened on
    public static RunningServer start(
            ServerSettings settings,
            ErrorBody bodies,
            Time time,
            Consumer<HttpRouting.Builder> routes) {
        SlowClients slow = new SlowClients(settings, time);
        ServerErrors errors = new ServerErrors(bodies, settings.maxBodyBytes());
        long maxBody = settings.maxBodyBytes();
        HttpRouting.Builder routing =
                HttpRouting.builder()
                        .addFilter((chain, request, response) ->
                                frame(chain, request, response, maxBody));
        errors.into(routing);
        routes.accept(routing);
        WebServer server =
                configure(settings, errors, new WatchedHttp1(http1(settings), slow, time))
                        .routing(routing)
                        .build();
        bind(server, settings.listen());
        slow.start();
        HostPort bound = new HostPort(settings.listen().host(), server.port());
        return new RunningServer(server, slow, bound);
    }

    /// The library only logs that it could not bind, so the address is tried first.
    private static void bind(WebServer server, HostPort listen) {
        String problem = BindException.problem(listen);
        if (problem == null) {
            server.start();
            problem = server.isRunning() ? null : "another program was faster";
        }
        if (problem != null) {
            throw new BindException(listen, problem);
        }
    }

    private static WebServerConfig.Builder configure(
            ServerSettings settings, ServerErrors errors, WatchedHttp1 connections) {
        return WebServer.builder()
                .host(settings.listen().host())
                .port(settings.listen().port())
                .shutdownHook(false)
                .backlog(BACKLOG)
                .connectionOptions(options -> options.tcpNoDelay(true))
                .putListenerSocketOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER)
                .maxPayloadSize(settings.maxBodyBytes())
                .contentEncoding(
                        ContentEncodingContext.create(context ->
                                context.contentEncodingsDiscoverServices(false)
                                        .addContentEncoding(new StillEncoded())))
                .maxTcpConnections(settings.maxConnections())
                .shutdownGracePeriod(settings.drainGrace())
                .idleConnectionTimeout(NEVER)
                .idleConnectionPeriod(Duration.ofHours(1))
                .errorHandling(handling -> handling.includeEntity(true))
                .directHandlers(errors::into)
                .protocolsDiscoverServices(false)
                .addConnectionSelector(connections);
    }

    private static Http1ConnectionSelector http1(ServerSettings settings) {
        return Http1ConnectionSelector.builder()
                .config(
                        Http1Config.builder()
                                .maxHeadersSize(settings.maxHeaderBytes())
                                .maxPrologueLength(settings.maxPrologueBytes())
                                .build())
                .build();
    }

    private static void frame(
            FilterChain chain, RoutingRequest request, RoutingResponse response, long maxBody) {
        ClientWatch watch = ClientWatch.current();
        String id = RequestIds.of(request.headers());
        watch.requestBegins(id);
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
        boolean asked = request.headers().containsToken(HeaderValues.CONNECTION_CLOSE);
        if (response.isSent() && (asked || watch.isUnreadable())) {
            // The library announces the close, and then waits for the client to do it.
            throw new CloseConnectionException("closed as announced");
        }
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
