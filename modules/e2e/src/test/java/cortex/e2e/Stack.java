package cortex.e2e;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import cortex.core.node.Json;
import cortex.core.node.ModelInfo;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/// A neuron and a cortex as real processes over engines of one kind, on free loopback ports.
final class Stack implements AutoCloseable {
    /// The key that clients show; it must never reach an engine.
    static final String KEY = "sk-never-forwarded";

    private final Path dir;
    private final Engines engines;
    private final int neuronPort;
    private final HttpClient http = HttpClient.newHttpClient();
    private Program neuron;
    private final Program cortex;

    private Stack(Path dir, Engines engines, String gateway, String harness)
            throws IOException, InterruptedException {
        this.dir = dir;
        this.engines = engines;
        neuronPort = freePort();
        Files.writeString(
                dir.resolve("neuron.toml"), engines.neuronToml(neuronPort, dir) + harness);
        Files.writeString(dir.resolve("models.toml"), engines.modelsToml());
        Files.writeString(dir.resolve("cortex.toml"), cortexToml(gateway));
        neuron = startNeuron();
        cortex = Program.startReady("cortex", dir, List.of("serve", "--config", "cortex.toml"));
    }

    static Stack start(Path dir) throws IOException, InterruptedException {
        return start(dir, "");
    }

    /// The same, with more lines for the gateway's own table.
    static Stack start(Path dir, String gateway) throws IOException, InterruptedException {
        return start(dir, gateway, "");
    }

    /// The same, with more lines for the gateway's and the harness's own tables.
    static Stack start(Path dir, String gateway, String harness)
            throws IOException, InterruptedException {
        Stack stack = new Stack(dir, Engines.chosen(), gateway, harness);
        until("the gateway is ready", () -> stack.get(stack.api() + "/ready").statusCode() == 200);
        return stack;
    }

    private String cortexToml(String gateway) {
        return """
        [gateway]
        listen = "127.0.0.1:0"
        metrics_listen = "127.0.0.1:0"
        max_body = "1MiB"
        keepalive = "1s"
        drain_timeout = "20s"
        %s
        [polling]
        interval = "200ms"
        node_grace = "60s"
        [[neurons]]
        name = "here"
        endpoint = "http://127.0.0.1:%d"
        """
                .formatted(gateway, neuronPort);
    }

    private Program startNeuron() throws InterruptedException {
        return Program.startReady("neuron", dir, List.of("serve", "--config", "neuron.toml"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    Engines engines() {
        return engines;
    }

    Program cortex() {
        return cortex;
    }

    Program neuron() {
        return neuron;
    }

    String api() {
        try {
            return cortex.readyUrl(0);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    String metrics() throws InterruptedException {
        return get(cortex.readyUrl(1) + "/metrics").body();
    }

    /// The official SDK, pointed here, with a key that must never reach an engine; no retries, so
    /// that every failure shows.
    OpenAIClient client() {
        return client(KEY);
    }

    /// The same for whoever has that key.
    OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(api() + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .timeout(Duration.ofSeconds(60))
                .build();
    }

    HttpResponse<String> get(String url) {
        return send(HttpRequest.newBuilder(URI.create(url)).header("x-api-key", key(url)).GET());
    }

    HttpResponse<String> post(String path, String body) {
        return send(
                HttpRequest.newBuilder(URI.create(api() + path))
                        .header("Content-Type", "application/json")
                        .header("x-api-key", key(path))
                        .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private static String key(String path) {
        return path.contains("/admin/") ? Program.OPERATOR : KEY;
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(
                    request.timeout(Duration.ofSeconds(60)).build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// What the neuron says of its replicas.
    List<ModelInfo> replicas() {
        String body = get("http://127.0.0.1:" + neuronPort + "/models").body();
        return List.of(Json.MAPPER.readValue(body, ModelInfo[].class));
    }

    ModelInfo replica(String model) {
        return replicas().stream()
                .filter(info -> info.id().equals(model))
                .findFirst()
                .orElseThrow(() -> new AssertionError(model + " is not on the node"));
    }

    /// What the engine of `model` says of its slots, through the neuron's door.
    boolean engineIdle(String model) {
        String url = "http://127.0.0.1:" + neuronPort + "/engines/" + replica(model).replica();
        return !get(url + "/slots").body().replace(" ", "").contains("\"is_processing\":true");
    }

    /// The engine processes of `model`, found among the neuron's own children.
    Set<ProcessHandle> engineProcesses(String model) {
        return neuron.handle()
                .descendants()
                .filter(p ->
                        p.info().arguments().map(a -> List.of(a).contains(model)).orElse(false))
                .collect(Collectors.toSet());
    }

    void killNeuron() throws InterruptedException {
        neuron.kill();
    }

    void startNeuronAgain() throws InterruptedException {
        neuron = startNeuron();
    }

    /// Polls until `condition` holds; fails after half a minute.
    static void until(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never came true: " + what);
            }
            Polling.pause();
        }
    }

    @Override
    public void close() {
        cortex.close();
        Set<ProcessHandle> left = neuron.handle().descendants().collect(Collectors.toSet());
        neuron.close();
        left.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
    }
}
