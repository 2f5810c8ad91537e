package cortex.attack;

import cortex.core.node.Json;
import cortex.e2e.Program;
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
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// A neuron and a cortex as real processes over demo engines, set up as a careful operator would: a
/// key for each client, one for the operator, one between the two programs. The heaps are small, so
/// that what costs memory shows.
final class Target implements AutoCloseable {
    static final String ALICE = "sk-alice-f00dcafe";
    static final String BOB = "sk-bob-deadbeef";
    static final String OPERATOR = Program.OPERATOR;
    static final String FLEET = "fleet-0123456789abcdef0123456789abcdef";

    /// The model that tests ask for: two slots, quick to load.
    static final String MODEL = "good";

    private final Program neuron;
    private final Program cortex;
    private final String api;
    private final int neuronPort;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    /// What differs from test to test.
    ///
    /// @param gateway more lines of the gateway's own table
    /// @param tables more tables of cortex.toml
    /// @param models more models
    /// @param gatewayHeap the gateway's largest heap, as `-Xmx` takes it
    /// @param bad neurons beside the good one, by name
    record Setup(
            String gateway,
            String tables,
            String models,
            String gatewayHeap,
            Map<String, BadNode> bad) {
        static final Setup USUAL = new Setup("", "", "", "512m", Map.of());

        Setup withGateway(String lines) {
            return new Setup(lines, tables, models, gatewayHeap, bad);
        }

        Setup withTables(String more) {
            return new Setup(gateway, more, models, gatewayHeap, bad);
        }

        Setup withModels(String more) {
            return new Setup(gateway, tables, more, gatewayHeap, bad);
        }

        Setup withHeap(String heap) {
            return new Setup(gateway, tables, models, heap, bad);
        }

        Setup withBad(Map<String, BadNode> nodes) {
            return new Setup(gateway, tables, models, gatewayHeap, nodes);
        }
    }

    private Target(Path dir, Setup setup) throws IOException, InterruptedException {
        neuronPort = freePort();
        Files.writeString(
                dir.resolve("neuron.toml"),
                """
                [neuron]
                listen = "127.0.0.1:%d"
                keys = ["%s"]
                state_dir = "state"
                nvidia_smi = "%s"
                [[harnesses]]
                name = "demo"
                """
                        .formatted(neuronPort, FLEET, dir.resolve("no-nvidia-smi")));
        Files.writeString(
                dir.resolve("models.toml"),
                model(MODEL, 2, "\"--speed\", \"2000\"") + setup.models());
        Files.writeString(dir.resolve("cortex.toml"), cortexToml(setup));
        neuron = Program.startReady("neuron", dir, List.of("serve", "--config", "neuron.toml"));
        try {
            cortex =
                    Program.startReady(
                            "cortex",
                            dir,
                            List.of("serve", "--config", "cortex.toml"),
                            Map.of("CORTEX_JAVA_OPTS", "-Xmx" + setup.gatewayHeap()));
            api = cortex.readyUrl(0);
        } catch (AssertionError e) {
            neuron.close();
            throw e;
        }
    }

    /// Starts both programs and returns when the gateway has heard from its neuron.
    static Target start(Path dir, Setup setup) throws IOException, InterruptedException {
        Target target = new Target(dir, setup);
        try {
            until("the gateway is ready", () -> target.get(ALICE, "/ready").statusCode() == 200);
            return target;
        } catch (AssertionError e) {
            target.close();
            throw e;
        }
    }

    private String cortexToml(Setup setup) {
        String bad =
                setup.bad().entrySet().stream()
                        .map(node -> neuronToml(node.getKey(), node.getValue().url(), ""))
                        .collect(Collectors.joining());
        return """
        [gateway]
        listen = "127.0.0.1:0"
        metrics_listen = "127.0.0.1:0"
        drain_timeout = "2s"
        api_keys = ["%s", "%s"]
        admin_keys = ["%s"]
        %s
        [polling]
        interval = "200ms"
        %s
        """
                        .formatted(ALICE, BOB, OPERATOR, setup.gateway(), setup.tables())
                + neuronToml("here", neuron(), "key = \"" + FLEET + "\"")
                + bad;
    }

    private static String neuronToml(String name, String url, String more) {
        return """
        [[neurons]]
        name = "%s"
        endpoint = "%s"
        %s
        """
                .formatted(name, url, more);
    }

    /// A model of the demo engine on the CPU; `args` are its further arguments, as TOML.
    static String model(String id, int slots, String args) {
        return """
        [[models]]
        id = "%s"
        harness = "demo"
        context = 65536
        parallel = %d
        min_devices = 0
        vram_mb = 100
        args = ["--load-time", "200ms", %s]
        """
                .formatted(id, slots, args);
    }

    /// A port that nobody has just now.
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /// The gateway's base URL.
    String api() {
        return api;
    }

    /// The gateway's port.
    int port() {
        return URI.create(api()).getPort();
    }

    /// The neuron's base URL.
    String neuron() {
        return "http://127.0.0.1:" + neuronPort;
    }

    Program neuronProgram() {
        return neuron;
    }

    Program cortexProgram() {
        return cortex;
    }

    HttpResponse<String> get(String key, String path) {
        return send(request(key, path).GET());
    }

    HttpResponse<String> post(String key, String path, String json) {
        return send(
                request(key, path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    /// What a well-behaved client asks, and what it needs to be told.
    HttpResponse<String> chat(String key, String model, String text) {
        return post(
                key,
                "/v1/chat/completions",
                """
                {"model":"%s","messages":[{"role":"user","content":"%s"}],"max_tokens":4}
                """
                        .formatted(model, text));
    }

    /// Whether an engine works at a request for a model.
    boolean isBusy(String model) {
        return inFlight(model) > 0;
    }

    /// How many requests engines work at for a model.
    int inFlight(String model) {
        int all = 0;
        for (JsonNode replica : fleet().path("replicas")) {
            boolean its = replica.path("model").asString("").equals(model);
            all += its ? replica.path("in_flight").asInt(0) : 0;
        }
        return all;
    }

    /// Whether a request waits in the gateway.
    boolean isWaitedFor() {
        return !fleet().path("queues").isEmpty();
    }

    private JsonNode fleet() {
        return Json.MAPPER.readTree(get(OPERATOR, "/admin/fleet").body());
    }

    private HttpRequest.Builder request(String key, String path) {
        return HttpRequest.newBuilder(URI.create(path.startsWith("http") ? path : api() + path))
                .header("Authorization", "Bearer " + key)
                .timeout(Duration.ofSeconds(60));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Polls until `condition` holds; fails after half a minute.
    static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never came true: " + what);
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
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
