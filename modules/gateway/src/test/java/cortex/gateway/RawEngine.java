package cortex.gateway;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// An engine down to the bytes: every request it gets is answered by the script set at that moment.
final class RawEngine implements AutoCloseable {
    /// What was received.
    record Received(String line, Map<String, String> headers, String body) {}

    /// Writes an answer, however broken.
    interface Script {
        void answer(Received request, Wire wire) throws Exception;
    }

    private final ServerSocket listener;
    private final Thread acceptor;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    final List<Received> requests = new CopyOnWriteArrayList<>();

    /// One entry, in nanoTime, for each connection that the other side closed while a script
    /// waited.
    final BlockingQueue<Long> hangUps = new LinkedBlockingQueue<>();

    /// Runs when a request's head is there.
    volatile Runnable onHead = () -> {};

    volatile Script script = (request, wire) -> wire.json(200, "{}");

    RawEngine() {
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        acceptor = Thread.ofVirtual().name("raw-engine").start(this::accept);
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> connection(socket));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void connection(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (true) {
                Received request = read(in);
                if (request == null) {
                    return;
                }
                requests.add(request);
                script.answer(request, new Wire(this, socket, in));
            }
        } catch (Exception e) {
            // the script's or the client's wish
        }
    }

    private @org.jspecify.annotations.Nullable Received read(InputStream in) throws IOException {
        String line = line(in);
        if (line.isEmpty()) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String header; !(header = line(in)).isEmpty(); ) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        onHead.run();
        byte[] body =
                headers.containsKey("transfer-encoding")
                        ? chunks(in)
                        : in.readNBytes(
                                Integer.parseInt(headers.getOrDefault("content-length", "0")));
        return new Received(line, headers, new String(body, StandardCharsets.UTF_8));
    }

    private static byte[] chunks(InputStream in) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int size; (size = Integer.parseInt(line(in), 16)) > 0; line(in)) {
            all.write(in.readNBytes(size));
        }
        line(in);
        return all.toByteArray();
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c; (c = in.read()) >= 0 && c != '\n'; ) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /// Waits until the other side closes a connection on which a script waits.
    void awaitHangUp() throws InterruptedException {
        if (hangUps.poll(5, TimeUnit.SECONDS) == null) {
            throw new AssertionError("the engine's connection was not closed");
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        // The port is free only when the thread that accepts has left.
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /// One connection, for a script to write to.
    record Wire(RawEngine engine, Socket socket, InputStream in) {
        void raw(String text) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        void json(int status, String body) throws IOException {
            typed(status, "application/json", body);
        }

        void typed(int status, String type, String body) throws IOException {
            raw(
                    "HTTP/1.1 "
                            + status
                            + " X\r\nContent-Type: "
                            + type
                            + "\r\nContent-Length: "
                            + body.getBytes(StandardCharsets.UTF_8).length
                            + "\r\n\r\n"
                            + body);
        }

        void streamHead() throws IOException {
            raw(
                    String.join(
                            "\r\n",
                            "HTTP/1.1 200 OK",
                            "Content-Type: text/event-stream",
                            "Transfer-Encoding: chunked",
                            "",
                            ""));
        }

        void chunk(String text) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            raw(Integer.toHexString(bytes.length) + "\r\n" + text + "\r\n");
        }

        void end() throws IOException {
            raw("0\r\n\r\n");
        }

        void stream(String... chunks) throws IOException {
            streamHead();
            for (String chunk : chunks) {
                chunk(chunk);
            }
            end();
        }

        /// Waits, saying nothing, until the other side closes.
        void untilHungUp() throws IOException {
            try {
                while (in.read() >= 0) {
                    // swallow
                }
            } catch (IOException e) {
                // reset counts as well
            }
            engine.hangUps.add(System.nanoTime());
            throw new IOException("hung up");
        }

        /// Resets the connection.
        void die() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
            throw new IOException("died");
        }
    }
}
