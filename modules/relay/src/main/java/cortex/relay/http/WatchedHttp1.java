package cortex.relay.http;

import cortex.core.time.Time;
import cortex.relay.connection.ClientSocket;
import cortex.relay.connection.Connection;
import cortex.relay.connection.Connections;
import cortex.relay.connection.RequestInput;
import cortex.relay.tls.ClientRefusal;
import cortex.relay.tls.ReloadingTls;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Serves accepted connections with HTTP/1.1 as the library speaks it, each on a virtual thread of
/// its own and behind a {@link ClientWatch}: a client that has left shows as {@link
/// CloseConnectionException} in reading and in writing, which the library takes for what it is,
/// without a word in the log.
record WatchedHttp1(ServerSettings settings, Connections crowd, Parts parts, Time time)
        implements Consumer<SocketChannel> {
    private static final System.Logger LOG = System.getLogger(WatchedHttp1.class.getName());

    /// What the library needs for a connection, what those get to hear for whom there is no place,
    /// whether it is TLS that is spoken, and where those are noted who cannot speak it.
    @SuppressWarnings("ArrayRecordComponent") // nobody compares it
    record Parts(
            Http1ConnectionSelector http1,
            ListenerContext context,
            Router router,
            String full,
            @Nullable ReloadingTls tls,
            RefusalLog refusals) {}

    @Override
    public void accept(SocketChannel accepted) {
        ClientSocket socket = ClientSocket.of(accepted, parts.tls());
        if (socket == null) {
            return;
        }
        Connection connection = crowd.admit(socket, client(socket));
        if (connection == null) {
            String answer = crowd.isDraining() ? "" : parts.full();
            socket.refuse(answer.getBytes(StandardCharsets.UTF_8));
            return;
        }
        boolean begun = false;
        try {
            Thread.ofVirtual().name("client").start(() -> serve(connection));
            begun = true;
        } finally {
            if (!begun) {
                end(connection);
            }
        }
    }

    private void end(Connection connection) {
        try {
            connection.leaveTurn();
            connection.socket().close();
        } finally {
            crowd.remove(connection);
        }
    }

    /// Who a connection counts for.
    private @Nullable String client(ClientSocket socket) {
        InetAddress address = ((InetSocketAddress) socket.remotePeer().address()).getAddress();
        return settings.crowd().isMany().test(address) ? null : ClientNetwork.of(address);
    }

    private void serve(Connection connection) {
        try {
            RequestInput input =
                    new RequestInput(connection, crowd, settings.heads(), settings.maxBodyBytes());
            ClientWatch watch = new ClientWatch(connection, input, time);
            serve(connection, watch);
            tellRefusal(connection.socket(), watch);
        } finally {
            end(connection);
        }
    }

    /// A client that was not let in by TLS never becomes a request, which would have a line.
    private void tellRefusal(ClientSocket socket, ClientWatch watch) {
        SSLException refusal = socket.refusal();
        if (refusal != null) {
            String client = socket.remotePeer().host();
            String reason = ClientRefusal.words(refusal);
            parts.refusals()
                    .writeOnce(
                            client + " " + reason,
                            RefusalLog.line()
                                    .with("client", client)
                                    .with("outcome", "no_tls")
                                    .with("reason", reason));
            watch.lingerAfterRefusal();
        }
    }

    private void serve(Connection connection, ClientWatch watch) {
        connection.runsOn(Thread.currentThread());
        try {
            ServerConnection http1 =
                    parts.http1().connection(new Context(parts, watch, new Writer(connection)));
            ScopedValue.where(ClientWatch.scope(), watch)
                    .<Void, InterruptedException>call(() -> {
                        http1.handle(new RequestEnds(watch));
                        return null;
                    });
            watch.linger();
        } catch (CloseConnectionException e) {
            LOG.log(System.Logger.Level.TRACE, "a connection ends", e);
            watch.linger();
        } catch (InterruptedException | UncheckedIOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a connection broke", e);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "serving a connection failed", e);
            String client = connection.socket().remotePeer().host();
            parts.refusals()
                    .write(
                            client + " connection_failed",
                            RefusalLog.line()
                                    .with("client", client)
                                    .with("outcome", "connection_failed")
                                    .with("reason", e.toString()));
        }
    }

    private record Writer(Connection connection) implements DataWriter {
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
            int bytes = buffer.available();
            connection.writeBegins();
            try {
                connection.socket().write(buffer);
            } catch (UncheckedIOException e) {
                throw new CloseConnectionException("the client has left", e);
            } finally {
                connection.writeEnds(bytes);
            }
        }
    }

    private record Context(Parts parts, ClientWatch watch, DataWriter dataWriter)
            implements ConnectionContext {
        @Override
        public ListenerContext listenerContext() {
            return parts.context();
        }

        @Override
        public ExecutorService executor() {
            return parts.context().executor();
        }

        @Override
        public DataReader dataReader() {
            return watch.reader();
        }

        @Override
        public Router router() {
            return parts.router();
        }

        @Override
        public HelidonSocket serverSocket() {
            return watch.connection().socket();
        }

        @Override
        public PeerInfo remotePeer() {
            return serverSocket().remotePeer();
        }

        @Override
        public PeerInfo localPeer() {
            return serverSocket().localPeer();
        }

        @Override
        public boolean isSecure() {
            return serverSocket().isSecure();
        }

        @Override
        public String socketId() {
            return serverSocket().socketId();
        }

        @Override
        public String childSocketId() {
            return serverSocket().childSocketId();
        }
    }
}
