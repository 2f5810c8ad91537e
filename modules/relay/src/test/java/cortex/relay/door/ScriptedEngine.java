package cortex.relay.door;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// An engine on a raw socket: a test takes its connections one by one and says every byte.
final class ScriptedEngine implements AutoCloseable {
    /// The head of an event stream; chunks follow.
    static final String STREAM = head("text/event-stream", "Transfer-Encoding: chunked");

    private final ServerSocket server;
    private final BlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();
    private final Thread acceptor;

    ScriptedEngine() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        acceptor = Thread.ofVirtual().name("scripted-engine").start(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /// The next connection that was opened to this engine.
    Connection next() throws InterruptedException {
        Connection next = accepted.poll(20, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nobody connected to the engine");
        }
        return next;
    }

    boolean hasMoreConnections() {
        return !accepted.isEmpty();
    }

    private void accept() {
        try {
            while (true) {
                accepted.add(new Connection(server.accept()));
            }
        } catch (IOException e) {
            accepted.clear();
        }
    }

    /// Comes back when nothing can connect any more: until its accepting thread has left, a closed
    /// listener may still take a connection, which nobody would answer.
    @Override
    public void close() throws IOException {
        server.close();
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    static String json(String body) {
        return head("application/json", "Content-Length: " + body.length()) + body;
    }

    private static String head(String type, String framing) {
        return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\n" + framing + "\r\n\r\n";
    }

    /// One connection, with requests read from it and answers written to it by the test.
    static final class Connection implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;

        Connection(Socket socket) throws IOException {
            this.socket = socket;
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(20_000);
            in = new BufferedInputStream(socket.getInputStream());
        }

        /// Reads one request: its head, and its body by Content-Length or chunks, as it came.
        String readRequest() throws IOException {
            String head = readUntil("\r\n\r\n");
            String lower = head.toLowerCase(Locale.ROOT);
            int at = lower.indexOf("content-length:");
            if (at >= 0) {
                String length = lower.substring(at + 15, lower.indexOf('\r', at)).strip();
                byte[] body = in.readNBytes(Integer.parseInt(length));
                return head + new String(body, StandardCharsets.ISO_8859_1);
            }
            return lower.contains("transfer-encoding: chunked")
                    ? head + readUntil("\r\n0\r\n\r\n")
                    : head;
        }

        String readUntil(String text) throws IOException {
            ByteArrayOutputStream seen = new ByteArrayOutputStream();
            byte[] end = text.getBytes(StandardCharsets.ISO_8859_1);
            int matched = 0;
            while (matched < end.length) {
                int b = in.read();
                if (b < 0) {
                    throw new IOException("ended before '" + text + "'");
                }
                seen.write(b);
                matched = b == end[matched] ? matched + 1 : b == end[0] ? 1 : 0;
            }
            return seen.toString(StandardCharsets.ISO_8859_1);
        }

        Connection send(String text) throws IOException {
            return send(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        Connection send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
            return this;
        }

        /// Waits until the other side has closed the connection.
        void awaitClosed() throws IOException {
            try {
                in.transferTo(OutputStream.nullOutputStream());
            } catch (SocketTimeoutException e) {
                throw e;
            } catch (IOException e) {
                socket.close();
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
