package cortex.relay.http;

import cortex.core.time.Time;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;

/// HTTP/1.1 as the library speaks it, on connections whose two directions go through a {@link
/// ClientWatch}: a client that has left shows as {@link CloseConnectionException} in reading and in
/// writing, which the library takes for what it is, without a word in the log.
record WatchedHttp1(Http1ConnectionSelector http1, SlowClients slow, Time time)
        implements ServerConnectionSelector {
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
        ClientWatch watch = new ClientWatch(context.serverSocket(), context.dataReader(), time);
        Writer writer = new Writer(context.dataWriter(), watch);
        ServerConnection connection = http1.connection(new Context(context, watch, writer));
        if (connection instanceof InterruptableTask<?> task) {
            watch.betweenRequests(task::canInterrupt);
        }
        return new Connection(connection, watch, slow);
    }

    private record Connection(ServerConnection http1, ClientWatch watch, SlowClients slow)
            implements ServerConnection, InterruptableTask<Void> {
        @Override
        public void handle(Limit limit) throws InterruptedException {
            slow.add(watch);
            try {
                ScopedValue.where(ClientWatch.scope(), watch)
                        .<Void, InterruptedException>call(() -> {
                            http1.handle(limit);
                            return null;
                        });
            } finally {
                watch.linger();
                slow.remove(watch);
            }
        }

        @Override
        public boolean canInterrupt() {
            return http1 instanceof InterruptableTask<?> task && task.canInterrupt();
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

    private record Writer(DataWriter origin, ClientWatch watch) implements DataWriter {
        @Override
        public void write(BufferData... buffers) {
            writeNow(BufferData.create(buffers));
        }

        @Override
        public void write(BufferData buffer) {
            writeNow(buffer);
        }

        @Override
        public void writeNow(BufferData... buffers) {
            writeNow(BufferData.create(buffers));
        }

        @Override
        public void writeNow(BufferData buffer) {
            watch.writeBegins();
            try {
                origin.writeNow(buffer);
            } catch (UncheckedIOException e) {
                throw new CloseConnectionException("the client has left", e);
            } finally {
                watch.writeEnds();
            }
        }

        @Override
        public void flush() {
            origin.flush();
        }

        @Override
        public void close() {
            origin.close();
        }
    }

    private record Context(ConnectionContext origin, ClientWatch watch, DataWriter dataWriter)
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
