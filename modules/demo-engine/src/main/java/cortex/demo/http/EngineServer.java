package cortex.demo.http;

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
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

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

    /// Those without a request, the longest waiting first.
    private final Set<Socket> idle = Collections.synchronizedSet(new LinkedHashSet<>());

    private final CompletableFuture<String> broken = new CompletableFuture<>();

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
        // A virtual thread: the platform then opens what it waits for sockets with (JDK 25:
        // sun.nio.ch.Poller) at once, and not with the first client, when none may be left.
        Thread.ofVirtual().name("accept").start(server::accept);
        return server;
    }

    /// The port really bound.
    public int port() {
        return listener.getLocalPort();
    }

    /// Waits until the server has stopped accepting without having been told to; says why.
    public String awaitBroken() throws InterruptedException {
        try {
            return broken.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("it only ever completes with a sentence", e);
        }
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
        Object why = "its thread ended";
        try {
            while (!listener.isClosed()) {
                acceptOne();
            }
        } catch (InterruptedException | RuntimeException | Error e) {
            why = e;
        } finally {
            if (!listener.isClosed()) {
                broken.complete("the listener of port " + port() + " has ended: " + why);
            }
        }
    }

    /// That no file descriptor is free is no reason to stop: a connection that waits gives way, or
    /// the next one that ends makes room. It is not told of, since telling may need a descriptor.
    private void acceptOne() throws InterruptedException {
        Socket socket;
        try {
            socket = listener.accept();
        } catch (IOException e) {
            if (!listener.isClosed() && !closeLongestIdle()) {
                time.sleep(PAUSE);
            }
            return;
        }
        open.add(socket);
        idle.add(socket);
        Thread.ofVirtual().name("connection").start(() -> serve(socket));
    }

    private boolean closeLongestIdle() {
        Socket longest;
        synchronized (idle) {
            Iterator<Socket> waiting = idle.iterator();
            if (!waiting.hasNext()) {
                return false;
            }
            longest = waiting.next();
            waiting.remove();
        }
        drop(longest);
        return true;
    }

    private static void drop(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "closing a connection", e);
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            Client in = new Client(socket.getInputStream());
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
            idle.remove(socket);
            open.remove(socket);
        }
    }

    private boolean serveOne(Socket socket, Client in, RequestReader reader, int number)
            throws IOException, InterruptedException {
        socket.setSoTimeout(Math.toIntExact(style.idle().toMillis()));
        Request.Head head = reader.head();
        if (head == null) {
            return false;
        }
        boolean last = head.close() || number >= style.requests();
        Response response = new Response(socket, style, last);
        Request request = new Request(head, reader.body(head), in);
        if (!idle.remove(socket)) {
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
        idle.add(socket);
        return response.reusable();
    }

    private static void refuse(Response response) throws IOException {
        if (!response.started()) {
            response.send(500, "text/plain", new byte[0]);
        }
    }
}
