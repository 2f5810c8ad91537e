package cortex.relay.connection;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.Principal;
import java.security.cert.Certificate;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A client's socket that holds no buffer while nothing is read or written: the library's own has
/// two of 8 KiB, which is most of what a waiting connection costs.
public final class ClientSocket implements HelidonSocket {
    private static final System.Logger LOG = System.getLogger(ClientSocket.class.getName());
    private static final int WRITE_BUFFER = 8 << 10;

    private final SocketChannel channel;
    private final Peer remote;
    private @Nullable ByteBuffer writeBuffer;

    private ClientSocket(SocketChannel channel) throws IOException {
        this.channel = channel;
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        remote = new Peer((InetSocketAddress) channel.getRemoteAddress());
    }

    /// The socket of an accepted connection; null when the client has already left again.
    public static @Nullable ClientSocket of(SocketChannel accepted) {
        try {
            return new ClientSocket(accepted);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.TRACE, "a client has already left", e);
            release(accepted);
            return null;
        }
    }

    /// Answers with what fits into the system's buffer, without waiting, and closes.
    public void refuse(byte[] answer) {
        try {
            channel.configureBlocking(false);
            channel.write(ByteBuffer.wrap(answer));
            channel.shutdownOutput();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.TRACE, "refusing a client", e);
        } finally {
            release(channel);
        }
    }

    /// Reads what is there, or waits for something; gives -1 at the end.
    ///
    /// @throws UncheckedIOException when the connection is broken or was closed
    public int read(byte[] into, int offset, int length) {
        try {
            return channel.read(ByteBuffer.wrap(into, offset, length));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Writes all of it.
    ///
    /// @throws UncheckedIOException when the connection is broken or was closed
    @Override
    public void write(BufferData data) {
        ByteBuffer buffer = buffer(data.available());
        try {
            while (!data.consumed()) {
                buffer.clear();
                data.writeTo(buffer, data.available());
                buffer.flip();
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ByteBuffer buffer(int bytes) {
        ByteBuffer buffer = writeBuffer;
        int wanted = Math.min(bytes, WRITE_BUFFER);
        if (buffer == null || buffer.capacity() < wanted) {
            buffer = ByteBuffer.allocate(wanted);
            writeBuffer = buffer;
        }
        return buffer;
    }

    /// Lets go of what was needed to write, until the next write.
    public void rest() {
        writeBuffer = null;
    }

    @Override
    public byte[] get() {
        throw new UnsupportedOperationException("read by ClientWatch");
    }

    @Override
    @SuppressWarnings("removal")
    public int read(BufferData buffer) {
        throw new UnsupportedOperationException("read by ClientWatch");
    }

    /// Closes it; may be called by any thread, and again.
    @Override
    public void close() {
        try {
            if (channel.isConnected()) {
                // without it the client may not get the last bytes
                channel.shutdownOutput();
                channel.shutdownInput();
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.TRACE, "closing a client's socket", e);
        } finally {
            release(channel);
        }
    }

    private static void release(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.TRACE, "closing a client's socket", e);
        }
    }

    @Override
    public void idle() {}

    @Override
    public boolean isConnected() {
        return channel.isOpen();
    }

    @Override
    public PeerInfo remotePeer() {
        return remote;
    }

    @Override
    public PeerInfo localPeer() {
        try {
            return new Peer((InetSocketAddress) channel.getLocalAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean isSecure() {
        return false;
    }

    @Override
    public String socketId() {
        return "client";
    }

    @Override
    public String childSocketId() {
        return Integer.toHexString(System.identityHashCode(channel));
    }

    /// One end of a connection without TLS.
    private record Peer(InetSocketAddress where) implements PeerInfo {
        @Override
        public SocketAddress address() {
            return where;
        }

        @Override
        public String host() {
            return where.getHostString();
        }

        @Override
        public int port() {
            return where.getPort();
        }

        @Override
        public Optional<Principal> tlsPrincipal() {
            return Optional.empty();
        }

        @Override
        public Optional<Certificate[]> tlsCertificates() {
            return Optional.empty();
        }
    }
}
