package cortex.attack;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/// A neuron that somebody else has taken over: it answers whatever a test wants, as bytes. Until it
/// is told otherwise it is honest: one CPU, a lot of memory, nothing loaded, and it looks for no
/// files.
final class BadNode implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();

    /// A whole answer, its body said `times` times; `chunked` leaves out its length.
    @SuppressWarnings("ArrayRecordComponent") // nobody compares it
    record Answer(int status, String type, byte[] body, boolean chunked, int times) {
        Answer(int status, String type, byte[] body, boolean chunked) {
            this(status, type, body, chunked, 1);
        }

        /// An event stream of nothing but this.
        static Answer stream(String event, int times) {
            return new Answer(
                    200, "text/event-stream", event.getBytes(StandardCharsets.UTF_8), true, times);
        }

        static Answer json(String body) {
            return json(body.getBytes(StandardCharsets.UTF_8));
        }

        static Answer json(byte[] body) {
            return new Answer(200, "application/json", body, false);
        }
    }

    private final AtomicLong reports = new AtomicLong();

    BadNode() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        answers.put(
                "/discovery",
                Answer.json(
                        """
                        {"hostname":"bad","os":"Linux","kernel":"6",
                        "devices":[],"harnesses":["demo"],
                        "ram_total_mb":64000,"note":null}
                        """));
        answers.put(
                "/health",
                Answer.json(
                        """
                        {"uptime_secs":5,"devices":[],"ram_free_mb":60000,"reading_age_secs":1,
                        "harnesses":[{"name":"demo","cycles":0,"restartable":true,"in_flight":0,
                        "unavailable":null}],"unloads":{"verified":0,"leaked":0,"unknown":0,
                        "escalated":0,"leaked_mb":0}}
                        """));
        answers.put("/models", Answer.json("[]"));
        answers.put(
                "/files/",
                new Answer(
                        404,
                        "application/json",
                        "{\"error\":{\"code\":\"not_found\"}}".getBytes(StandardCharsets.UTF_8),
                        false));
        server.start();
    }

    /// Its base URL.
    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /// Answers requests whose path begins like that; the longest that fits is taken.
    void answer(String path, Answer answer) {
        answers.put(path, answer);
    }

    /// How often it was asked what models it has.
    long reports() {
        return reports.get();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        if (path.equals("/models")) {
            reports.incrementAndGet();
        }
        exchange.getRequestBody().readAllBytes();
        Answer answer =
                answers.entrySet().stream()
                        .filter(entry -> path.startsWith(entry.getKey()))
                        .max(Map.Entry.comparingByKey())
                        .map(Map.Entry::getValue)
                        .orElse(Answer.json("{}"));
        exchange.getResponseHeaders().set("Content-Type", answer.type());
        try (exchange;
                OutputStream out = exchange.getResponseBody()) {
            exchange.sendResponseHeaders(
                    answer.status(),
                    answer.chunked() ? 0 : answer.body().length == 0 ? -1 : answer.body().length);
            for (int i = 0; i < answer.times() && answer.body().length > 0; i++) {
                out.write(answer.body());
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
