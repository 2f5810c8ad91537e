package cortex.relay.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;

/// HTTP/1.1 as the library speaks it, on connections whose read side goes through a {@link
/// ClientWatch}.
record WatchedHttp1(Http1ConnectionSelector http1) implements ServerConnectionSelector {
    @Override
    public int bytesToIdentifyConnection() {
        return http1.bytesToIdentifyConnection();
    }

    @Override
    public Support supports(BufferData data) {
        return http1.supports(data);
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return http1.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        ClientWatch watch = new ClientWatch(context.dataReader());
        return new Connection(http1.connection(new Context(context, watch)), watch);
    }

    private record Connection(ServerConnection http1, ClientWatch watch)
            implements ServerConnection {
        @Override
        public void handle(Limit limit) throws InterruptedException {
            ScopedValue.where(ClientWatch.scope(), watch)
                    .<Void, InterruptedException>call(() -> {
                        http1.handle(limit);
                        return null;
                    });
        }

        @Override
        public Duration idleTime() {
            return http1.idleTime();
        }

        @Override
        public void close(boolean interrupt) {
            http1.close(interrupt);
        }
    }

    private record Context(ConnectionContext origin, ClientWatch watch)
            implements ConnectionContext {
        @Override
        public ListenerContext listenerContext() {
            return origin.listenerContext();
        }

        @Override
        public ExecutorService executor() {
            return origin.executor();
        }

        @Override
        public DataWriter dataWriter() {
            return origin.dataWriter();
        }

        @Override
        public DataReader dataReader() {
            return watch.reader();
        }

        @Override
        public Router router() {
            return origin.router();
        }

        @Override
        public Optional<ProxyProtocolData> proxyProtocolData() {
            return origin.proxyProtocolData();
        }

        @Override
        public HelidonSocket serverSocket() {
            return origin.serverSocket();
        }

        @Override
        public PeerInfo remotePeer() {
            return origin.remotePeer();
        }

        @Override
        public PeerInfo localPeer() {
            return origin.localPeer();
        }

        @Override
        public boolean isSecure() {
            return origin.isSecure();
        }

        @Override
        public String socketId() {
            return origin.socketId();
        }

        @Override
        public String childSocketId() {
            return origin.childSocketId();
        }
    }
}
