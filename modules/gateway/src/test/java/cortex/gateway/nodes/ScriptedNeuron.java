package cortex.gateway.nodes;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/// A neuron that answers what a test tells it to, over real HTTP on a loopback port.
public final class ScriptedNeuron implements AutoCloseable {
    /// Every request line and body, in the order they came.
    public final List<String> requests = new CopyOnWriteArrayList<>();

    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final ServerSocket server;
    private final Thread acceptor;

    private record Answer(int status, String headers, String body, CountDownLatch release) {}

    /// A neuron on a free port that answers 404 to everything.
    public ScriptedNeuron() {
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        acceptor = Thread.ofVirtual().name("scripted-neuron").start(this::accept);
    }

    /// Its base URL.
    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /// From now on `METHOD path` is answered so.
    public void answer(String request, int status, String body) {
        answer(request, status, body, "");
    }

    /// The same with more header lines, each with its end.
    public void answer(String request, int status, String body, String headers) {
        answers.put(request, new Answer(status, headers, body, new CountDownLatch(0)));
    }

    /// From now on `METHOD path` is not answered before the latch is released.
    public void hang(String request, CountDownLatch release) {
        answers.put(request, new Answer(200, "", "{}", release));
    }

    /// A host with one device.
    public void healthy() {
        answer(
                "GET /discovery",
                200,
                """
                {"hostname":"h","os":"linux","harnesses":["llamacpp"],
                 "devices":[{"index":0,"name":"card","vram_total_mb":24000}],"new_field":1}
                """);
        answer(
                "GET /health",
                200,
                """
                {"uptime_secs":5,"devices":[{"index":0,"vram_used_mb":null,"vram_free_mb":23000,
                 "utilization_pct":null,"temp_c":40}],"ram_free_mb":30000}
                """);
        answer("GET /models", 200, "[]");
    }

    /// The one model it lists from now on.
    public void lists(String id, String replica, String status, String reason) {
        answer(
                "GET /models",
                200,
                """
                [{"id":"%s","harness":"llamacpp","status":"%s","devices":[0],
                  "vram_used_mb":null,"replica":"%s","reason":"%s"}]
                """
                        .formatted(id, status, replica, reason));
    }

    /// The one model it lists from now on is loading, and got on so many seconds ago.
    public void loads(String id, String replica, double lastProgressSecs) {
        answer(
                "GET /models",
                200,
                """
                [{"id":"%s","harness":"llamacpp","status":"loading","devices":[0],
                  "vram_used_mb":null,"replica":"%s","progress":0.5,"last_progress_secs":%s}]
                """
                        .formatted(id, replica, lastProgressSecs));
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().name("scripted-neuron-call").start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            String line = line(in);
            int length = 0;
            for (String header = line(in); !header.isEmpty(); header = line(in)) {
                String lower = header.toLowerCase(Locale.ROOT);
                if (lower.startsWith("content-length:")) {
                    length = Integer.parseInt(lower.substring(15).strip());
                }
            }
            String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
            String request = line.substring(0, line.lastIndexOf(' '));
            requests.add(body.isEmpty() ? request : request + " " + body);
            Answer answer =
                    answers.getOrDefault(
                            request, new Answer(404, "", "no such path", new CountDownLatch(0)));
            answer.release.await();
            byte[] bytes = answer.body.getBytes(StandardCharsets.UTF_8);
            OutputStream out = socket.getOutputStream();
            String head =
                    "HTTP/1.1 "
                            + answer.status
                            + " X\r\nContent-Type: application/json\r\nConnection: close\r\n"
                            + answer.headers
                            + "Content-Length: "
                            + bytes.length
                            + "\r\n\r\n";
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            requests.add("broken: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() {
        try {
            server.close();
            // Until its accepting thread has left, a closed listener may take one more connection.
            acceptor.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
