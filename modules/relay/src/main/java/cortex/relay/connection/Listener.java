package cortex.relay.connection;

import cortex.core.time.Time;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Accepts a server's connections for as long as the server is there: that none can be accepted
/// just now (no file descriptor is free, the client has already left) is no reason to stop. Owns
/// the listening socket and one thread. Should it end all the same, it says so.
public final class Listener implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Listener.class.getName());
    private static final int BACKLOG = 8192;

    /// The library's default of 4 KiB makes a 20 MB upload three times slower.
    private static final int RECEIVE_BUFFER = 1 << 20;

    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration SHORT_PAUSE = Duration.ofMillis(1);
    private static final int POLLER_TRIES = 500;

    private final ServerSocketChannel socket;
    private final Time time;
    private final CompletableFuture<String> broken = new CompletableFuture<>();
    private volatile boolean closed;

    private Listener(ServerSocketChannel socket, Time time) {
        this.socket = socket;
        this.time = time;
    }

    /// Binds an address; accepts nothing yet.
    ///
    /// @throws IOException when it cannot be listened on
    public static Listener bind(SocketAddress address, Time time) throws IOException {
        loadPoller(time);
        ServerSocketChannel socket = ServerSocketChannel.open();
        try {
            socket.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
            socket.bind(address, BACKLOG);
            return new Listener(socket, time);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /// Makes the platform open what it waits for sockets with (JDK 25: `sun.nio.ch.Poller`, which
    /// needs file descriptors). It would else do so at the first client, and a process that has no
    /// descriptor left at that moment can never read a socket again.
    private static void loadPoller(Time time) throws IOException {
        Pipe pipe = Pipe.open();
        try (Pipe.SinkChannel sink = pipe.sink();
                Pipe.SourceChannel source = pipe.source()) {
            Thread reader = Thread.ofVirtual().name("poller").start(() -> readOne(source));
            for (int i = 0; i < POLLER_TRIES && reader.getState() != Thread.State.WAITING; i++) {
                time.sleep(SHORT_PAUSE);
            }
            sink.write(ByteBuffer.allocate(1));
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void readOne(Pipe.SourceChannel source) {
        try {
            source.read(ByteBuffer.allocate(1));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "loading the poller", e);
        }
    }

    /// Begins to accept. `taker` gets each connection and must neither block nor throw; `makeRoom`
    /// is asked when accepting fails, and tells whether it has freed a descriptor.
    public void start(Consumer<SocketChannel> taker, BooleanSupplier makeRoom) {
        Thread.ofPlatform().name("listener-" + port()).start(() -> run(taker, makeRoom));
    }

    /// Where it listens.
    public int port() {
        return socket.socket().getLocalPort();
    }

    /// Completes with a sentence when the listener has ended without having been closed.
    public CompletableFuture<String> broken() {
        return broken;
    }

    private void run(Consumer<SocketChannel> taker, BooleanSupplier makeRoom) {
        int port = port();
        Object why = "its thread ended";
        try {
            while (true) {
                accept(taker, makeRoom);
            }
        } catch (ClosedChannelException e) {
            why = "its socket was closed";
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            why = e;
        } finally {
            if (!closed) {
                broken.complete("the listener of port " + port + " has ended: " + why);
            }
        }
    }

    private void accept(Consumer<SocketChannel> taker, BooleanSupplier makeRoom)
            throws IOException, InterruptedException {
        SocketChannel accepted;
        try {
            accepted = socket.accept();
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "accepting a connection", e);
            if (!makeRoom.getAsBoolean()) {
                time.sleep(PAUSE);
            }
            return;
        }
        taker.accept(accepted);
    }

    /// Stops listening.
    @Override
    public void close() {
        closed = true;
        try {
            socket.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "closing a listener", e);
        }
    }
}
