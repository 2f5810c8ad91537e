package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A neuron whose gateways talk to its engines themselves: it does not see their requests, and
/// still hurts none.
class DirectTest {
    private static final String MODELS =
            """
            [[models]]
            id = "tiny"
            harness = "demo"
            min_devices = 0
            vram_mb = 100
            context = 131072
            args = ["--load-time", "300ms", "--speed", "50"]
            """;
    private static final String ENDLESS =
            """
            {"model":"tiny","stream":true,"max_tokens":100000,
            "messages":[{"role":"user","content":"go on forever"}]}
            """;
    private static final String UNLOAD = "{\"model_id\":\"tiny\",\"only_if_idle\":true}";

    @TempDir private Path dir;
    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void anEngineThatIsUsedPastTheNeuronIsNotUnloadedWhileItIsBusy() throws Exception {
        int port = freePort();
        String neuronUrl = "http://127.0.0.1:" + port;
        Files.writeString(dir.resolve("neuron.toml"), neuronToml(port));
        Files.writeString(dir.resolve("cortex.toml"), cortexToml(port));
        Files.writeString(dir.resolve("models.toml"), MODELS);
        try (Program neuron = start("neuron");
                Program cortex = start("cortex")) {
            String api = cortex.readyUrl(0);
            Stack.until("it is ready", () -> status("GET", api + "/ready", "") == 200);
            HttpResponse<InputStream> stream =
                    send(
                            "POST",
                            api + "/v1/chat/completions",
                            ENDLESS,
                            BodyHandlers.ofInputStream());
            assertThat(stream.statusCode()).isEqualTo(200);
            // The first bytes may only say that it is still loading.
            awaitText(stream.body(), "\"content\"");
            HttpResponse<String> busy = unload(neuronUrl);
            assertThat(busy.statusCode()).as(busy.body()).isEqualTo(409);
            assertThat(busy.body()).contains("\"in_flight\":1");
            assertThat(stream.body().read()).as("it goes on").isPositive();
            stream.body().close();
            Stack.until("it is idle", () -> unload(neuronUrl).statusCode() == 200);
            Stack.until("no process is left", () -> neuron.handle().children().count() == 0);
        }
    }

    private static String neuronToml(int port) {
        return """
        [neuron]
        listen = "127.0.0.1:%d"
        state_dir = "state"
        nvidia_smi = "no-nvidia-smi"
        [[harnesses]]
        name = "demo"
        direct = true
        port_range = [21000, 29000]
        """
                .formatted(port);
    }

    private static String cortexToml(int port) {
        return """
        [gateway]
        listen = "127.0.0.1:0"
        metrics_listen = "127.0.0.1:0"
        [polling]
        interval = "200ms"
        [[neurons]]
        name = "here"
        endpoint = "http://127.0.0.1:%d"
        """
                .formatted(port);
    }

    private Program start(String name) throws InterruptedException {
        return Program.startReady(name, dir, List.of("serve", "--config", name + ".toml"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void awaitText(InputStream in, String text) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(text) < 0) {
            int next = in.read();
            assertThat(next).as(read.toString()).isNotNegative();
            read.append((char) next);
        }
    }

    private HttpResponse<String> unload(String neuron) {
        return send("POST", neuron + "/models/unload", UNLOAD, BodyHandlers.ofString());
    }

    private int status(String method, String url, String body) {
        return send(method, url, body, BodyHandlers.ofString()).statusCode();
    }

    private <T> HttpResponse<T> send(String method, String url, String body, BodyHandler<T> how) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url))
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .timeout(Duration.ofSeconds(60))
                        .build();
        try {
            return http.send(request, how);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
