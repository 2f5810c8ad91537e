package cortex.relay.http;

import cortex.core.config.HostPort;
import cortex.core.time.Time;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.function.Consumer;

/// Starts HTTP servers the one way that was measured to work for streaming: every default of the
/// library that hurts is set here.
public final class HttpServers {
    private HttpServers() {}

    /// Starts a server; returns when it listens.
    ///
    /// @throws BindException when the address cannot be listened on
    public static RunningServer start(
            ServerSettings settings,
            ErrorBody errors,
            Time time,
            Consumer<HttpRouting.Builder> routes) {
        Http1ConnectionSelector http1 =
                Http1ConnectionSelector.builder()
                        .config(
                                Http1Config.builder()
                                        .maxHeadersSize(settings.maxHeaderBytes())
                                        .maxPrologueLength(settings.maxPrologueBytes())
                                        .build())
                        .build();
        WebServer server =
                WebServer.builder()
                        .host(settings.listen().host())
                        .port(settings.listen().port())
                        .shutdownHook(false)
                        .backlog(8192)
                        .connectionOptions(options -> options.tcpNoDelay(true))
                        .putListenerSocketOption(StandardSocketOptions.SO_RCVBUF, 1 << 20)
                        .maxPayloadSize(settings.maxBodyBytes())
                        .maxTcpConnections(settings.maxConnections())
                        .shutdownGracePeriod(settings.drainGrace())
                        .idleConnectionTimeout(settings.idleConnection())
                        .idleConnectionPeriod(Duration.ofSeconds(5))
                        .protocolsDiscoverServices(false)
                        .addConnectionSelector(new WatchedHttp1(http1))
                        .routing(routes)
                        .build();
        try {
            server.start();
        } catch (RuntimeException e) {
            throw new BindException(settings.listen(), e);
        }
        HostPort bound = new HostPort(settings.listen().host(), server.port());
        return new RunningServer(server, bound);
    }
}
