package cortex.neuron.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// How many requests a llama-server says it has.
class LlamaRequestsTest {
    private static final String METRICS =
            """
            # HELP llamacpp:requests_processing Number of requests processing.
            # TYPE llamacpp:requests_processing gauge
            llamacpp:requests_processing 2
            # TYPE llamacpp:requests_deferred gauge
            llamacpp:requests_deferred 3
            """;

    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final List<String> broken = new CopyOnWriteArrayList<>();
    private ServerSocket server;

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
        Thread.ofVirtual().start(this::serve);
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        assertThat(broken).isEmpty();
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                answer(socket);
            } catch (IOException e) {
                if (!server.isClosed()) {
                    broken.add(e.toString());
                }
            }
        }
    }

    private void answer(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) socket.getInputStream().read());
        }
        String body = answers.get(head.toString().split(" ", 3)[1]);
        String text = body == null ? "{\"error\":{}}" : body;
        String status = body == null ? "501 Not Implemented" : "200 OK";
        String whole =
                "HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
                        .formatted(status, text.length(), text);
        socket.getOutputStream().write(whole.getBytes(StandardCharsets.UTF_8));
    }

    private @Nullable Integer requests() throws IOException, InterruptedException {
        URI url = URI.create("http://127.0.0.1:" + server.getLocalPort());
        return LlamaCpp.requestsOfLlama(new EngineHttp(), url);
    }

    @Test
    void thoseAtWorkAndThoseThatWaitAreCounted() throws Exception {
        answers.put("/metrics", METRICS);
        assertThat(requests()).isEqualTo(5);
        answers.put("/metrics", METRICS.replaceAll(" [23]\n", " 0\n"));
        assertThat(requests()).isZero();
    }

    @Test
    void withoutMetricsTheSlotsAreLookedAt() throws Exception {
        answers.put(
                "/slots", "[{\"id\":0,\"is_processing\":true},{\"id\":1,\"is_processing\":false}]");
        assertThat(requests()).isEqualTo(1);
    }

    @Test
    void anEngineWithNeitherDoesNotTell() throws Exception {
        assertThat(requests()).isNull();
    }

    @Test
    void anEngineThatIsGoneIsToldApart() throws Exception {
        server.close();
        assertThatThrownBy(this::requests).isInstanceOf(ConnectException.class);
    }
}
