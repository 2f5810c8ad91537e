package cortex.relay.connection;

import cortex.relay.tls.ReloadingTls;
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
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// A client's socket that holds no buffer while nothing is read or written: the library's own has
/// two of 8 KiB, which is most of what a waiting connection costs. (Under TLS Java holds its own.)
public final class ClientSocket implements HelidonSocket {
    private static final System.Logger LOG = System.getLogger(ClientSocket.class.getName());
    private static final int WRITE_BUFFER = 8 << 10;
    private static final int READ = 2 << 10;
    private static final int DROPPED = 1 << 10;

    private final SocketChannel channel;
    private final @Nullable SSLSocket tls;
    private final Peer remote;
    private Runnable beforeWriting = () -> {};
    private @Nullable ByteBuffer writeBuffer;
    private volatile @Nullable SSLException refusal;

    private ClientSocket(SocketChannel channel, @Nullable ReloadingTls tls) throws IOException {
        this.channel = channel;
        this.tls = tls == null ? null : tls.over(channel.socket());
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        remote = new Peer((InetSocketAddress) channel.getRemoteAddress());
    }

    /// The socket of an accepted connection; null when the client has already left again. Its
    /// handshake, where there is to be one, begins with the first reading.
    public static @Nullable ClientSocket of(SocketChannel accepted, @Nullable ReloadingTls tls) {
        try {
            return new ClientSocket(accepted, tls);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.TRACE, "a client has already left", e);
            release(accepted);
            return null;
        }
    }

    /// Answers with what fits into the system's buffer, without waiting, and closes. Under TLS it
    /// only closes: a handshake would have to come first.
    public void refuse(byte[] answer) {
        if (tls != null) {
            release(channel);
            return;
        }
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
            if (tls != null) {
                return tls.getInputStream().read(into, offset, length);
            }
            return channel.read(ByteBuffer.wrap(into, offset, length));
        } catch (SSLException e) {
            refusal = e;
            throw new UncheckedIOException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Why no TLS came about with this client; null when it did, or none was to.
    public @Nullable SSLException refusal() {
        return refusal;
    }

    /// Sends no more, and drops what still comes until the client closes. To close at once would
    /// reset the connection, and a client that was refused would never read why.
    public void drop() {
        ByteBuffer dropped = ByteBuffer.allocate(DROPPED);
        try {
            channel.shutdownOutput();
            while (channel.read(dropped.clear()) >= 0) {
                LOG.log(System.Logger.Level.TRACE, "dropped what a refused client sent");
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.TRACE, "a refused client has left", e);
        }
    }

    /// Runs `before` each time that something is to be written, which may wait for the client.
    void beforeWriting(Runnable before) {
        beforeWriting = before;
    }

    /// Writes all of it.
    ///
    /// @throws UncheckedIOException when the connection is broken or was closed
    @Override
    public void write(BufferData data) {
        beforeWriting.run();
        ByteBuffer buffer = buffer(data.available());
        try {
            while (!data.consumed()) {
                buffer.clear();
                data.writeTo(buffer, data.available());
                buffer.flip();
                if (tls != null) {
                    tls.getOutputStream()
                            .write(buffer.array(), buffer.arrayOffset(), buffer.limit());
                    continue;
                }
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

    /// Reads what is there, or waits for something; null at the end. For the library, which leaves
    /// reading to {@link cortex.relay.http.ClientWatch}: each call takes a buffer of its own.
    @Override
    public byte @Nullable [] get() {
        byte[] bytes = new byte[READ];
        int length = read(bytes, 0, READ);
        return length < 0 ? null : Arrays.copyOf(bytes, length);
    }

    @Override
    @SuppressWarnings("removal")
    public int read(BufferData buffer) {
        byte[] bytes = get();
        if (bytes == null) {
            return -1;
        }
        buffer.write(bytes);
        return bytes.length;
    }

    /// Closes it; may be called by any thread, and again. No farewell of TLS is sent, for which it
    /// might have to wait: what HTTP sends tells its own end.
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
        return tls != null;
    }

    @Override
    public String socketId() {
        return "client";
    }

    @Override
    public String childSocketId() {
        return Integer.toHexString(System.identityHashCode(channel));
    }

    /// One end of a connection.
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
