package cortex.relay.http;

import cortex.core.config.HostPort;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.time.Time;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
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
/// library that hurts is set here. Every response carries `x-request-id`; what routes let through
/// and what the parser refuses is answered in JSON.
public final class HttpServers {
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
        HttpRouting.Builder routing = HttpRouting.builder().addFilter(HttpServers::frame);
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

    private static void frame(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        ClientWatch watch = ClientWatch.current();
        String id = RequestIds.of(request.headers());
        watch.requestBegins(id);
        response.header(RequestIds.X_REQUEST_ID, id);
        if (request.headers().contains(HeaderNames.TRANSFER_ENCODING)) {
            request.streamFilter(ChunkedBody::new);
        }
        try {
            chain.proceed();
        } finally {
            watch.requestEnds();
        }
        if (response.isSent() && request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            // The library announces the close, and then waits for the client to do it.
            throw new CloseConnectionException("the client asked for it");
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

    /// A chunked body whose framing is nonsense is the client's fault; the library's parser lets
    /// its own NumberFormatException out.
    private static final class ChunkedBody extends FilterInputStream {
        ChunkedBody(InputStream origin) {
            super(origin);
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (IllegalArgumentException e) {
                throw nonsense(e);
            }
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            try {
                return super.read(into, offset, length);
            } catch (IllegalArgumentException e) {
                throw nonsense(e);
            }
        }

        private static FailureException nonsense(IllegalArgumentException cause) {
            return new FailureException(
                    new Failure.BadRequest("The body's chunks are not valid HTTP.", null), cause);
        }
    }
}
