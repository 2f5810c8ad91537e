package cortex.engine.http;

import cortex.core.config.HostPort;
import cortex.core.time.Time;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Accepts connections and serves each on a virtual thread of its own. Owns the listening socket
/// and the open connections.
public final class EngineServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(EngineServer.class.getName());

    /// Between two tries to accept when one has failed.
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final ServerSocket listener;
    private final Style style;
    private final Handler handler;
    private final Time time;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private EngineServer(ServerSocket listener, Style style, Handler handler, Time time) {
        this.listener = listener;
        this.style = style;
        this.handler = handler;
        this.time = time;
    }

    /// Binds `where` and starts to accept.
    ///
    /// @throws IOException when the address cannot be bound
    public static EngineServer start(HostPort where, Style style, Handler handler, Time time)
            throws IOException {
        ServerSocket listener = new ServerSocket();
        try {
            listener.setReuseAddress(true);
            InetAddress address = InetAddress.getByName(where.host());
            listener.bind(new InetSocketAddress(address, where.port()), 1024);
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        EngineServer server = new EngineServer(listener, style, handler, time);
        Thread.ofPlatform().name("accept").start(server::accept);
        return server;
    }

    /// The port really bound.
    public int port() {
        return listener.getLocalPort();
    }

    /// Stops listening; running requests go on.
    public void stopListening() throws IOException {
        listener.close();
    }

    /// Stops listening and drops every connection.
    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void accept() {
        boolean failed = false;
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                open.add(socket);
                Thread.ofVirtual().name("connection").start(() -> serve(socket));
                failed = false;
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    waitAfter(e, failed);
                    failed = true;
                }
            }
        }
    }

    /// No file descriptor may be free just now; the next one that is makes room. Said once.
    private void waitAfter(IOException failure, boolean said) {
        if (!said) {
            LOG.log(Level.WARNING, "accepting a connection failed: {0}", failure.getMessage());
        }
        try {
            time.sleep(PAUSE);
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "nobody interrupts this thread", e);
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            ClientInput in = new ClientInput(socket.getInputStream(), time);
            RequestReader reader = new RequestReader(in, socket.getOutputStream(), style.idle());
            int number = 1;
            while (serveOne(socket, in, reader, number)) {
                number++;
            }
        } catch (SocketTimeoutException | SocketException e) {
            LOG.log(Level.DEBUG, "connection ended: {0}", e.getMessage());
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "connection broke: {0}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(socket);
        }
    }

    private boolean serveOne(Socket socket, ClientInput in, RequestReader reader, int number)
            throws IOException, InterruptedException {
        socket.setSoTimeout(Math.toIntExact(style.idle().toMillis()));
        Request request;
        Response response;
        try {
            Request.Head head = reader.head();
            if (head == null) {
                return false;
            }
            boolean last = head.close() || number >= style.requests();
            response = new Response(socket, style, time.now(), head.method().equals("HEAD"), last);
            request = new Request(head, reader.body(head), in);
        } catch (BadRequestException e) {
            new Response(socket, style, time.now(), false, true)
                    .send(e.status(), "text/plain", new byte[0]);
            return false;
        }
        socket.setSoTimeout(0);
        in.watch();
        try {
            handler.handle(request, response);
        } catch (ClientLeftException e) {
            return false;
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "answering " + request.path() + " failed", e);
            refuse(response);
            return false;
        } finally {
            in.unwatch();
        }
        return response.reusable();
    }

    private static void refuse(Response response) throws IOException {
        if (!response.started()) {
            response.send(500, "text/plain", new byte[0]);
        }
    }
}
