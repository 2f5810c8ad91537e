package cortex.relay.connection;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Real sockets of clients that nobody reads. Owns both ends of each until it is closed.
final class AcceptedSockets implements AutoCloseable {
    private final List<SocketChannel> ends = new ArrayList<>();

    /// Returns the server's end of a new connection.
    ClientSocket accept() {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            ends.add(SocketChannel.open(server.getLocalAddress()));
            ends.add(server.accept());
            return Objects.requireNonNull(ClientSocket.of(ends.getLast(), null));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel end : ends) {
            end.close();
        }
    }
}
