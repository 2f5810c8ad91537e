package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.EngineOptions;
import cortex.core.node.Json;
import cortex.core.node.LoadRequest;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.UnloadRequest;
import cortex.house.Sources;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The neuron's mistral.rs harness, in both its ways, over the demo engine's mistral.rs mode with
/// the sharp edges of the real one.
@Timeout(180)
class MistralRsTest {
    @TempDir private Path dir;
    private final HttpClient http = HttpClient.newHttpClient();

    /// A program that takes mistralrs's command line.
    private Path binary() throws IOException {
        Path script = dir.resolve("mistralrs");
        Files.writeString(
                script,
                """
                #!/bin/sh
                exec '%s/bin/java' -Xmx96m -XX:TieredStopAtLevel=1 -p '%s' -m %s \\
                  --api mistralrs "$@"
                """
                        .formatted(
                                System.getProperty("java.home"),
                                Sources.root().resolve("dist/target/lib"),
                                "cortex.demo/cortex.demo.Main"));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }

    private Program neuron(String harness) throws IOException {
        Files.writeString(
                dir.resolve("neuron.toml"),
                """
                [neuron]
                listen = "127.0.0.1:0"
                state_dir = "state"
                nvidia_smi = "./no-nvidia-smi"
                [[harnesses]]
                name = "mistralrs"
                %s
                """
                        .formatted(harness));
        return Program.start("neuron", dir, List.of("serve", "--config", "neuron.toml"));
    }

    @Test
    void aRunningOne() throws Exception {
        int port = freePort();
        String url = "http://127.0.0.1:" + port;
        Process mistral =
                new ProcessBuilder(
                                binary().toString(),
                                "serve",
                                "--models",
                                "o/a,o/b",
                                "--host",
                                "127.0.0.1",
                                "--port",
                                Integer.toString(port),
                                "--load-time",
                                "1s")
                        .redirectErrorStream(true)
                        .redirectOutput(dir.resolve("mistral.log").toFile())
                        .start();
        try {
            // Its port is bound after the load; its health says nothing about the model.
            Stack.until("mistral.rs answers", () -> answers(url));
            try (Program neuron = neuron("endpoint = \"" + url + "\"")) {
                String node = neuron.readyUrl(0);
                assertThat(replicas(node)).extracting(ModelInfo::id).containsExactly("o/a", "o/b");
                Stack.until("both are loaded", () -> loaded(node, "o/a") && loaded(node, "o/b"));

                unload(node, "o/a");
                assertThat(status(url, "o/a")).contains("\"unloaded\"");
                assertThat(replica(node, "o/a")).isEmpty();
                load(node, "o/a");
                Stack.until("o/a is back", () -> loaded(node, "o/a"));

                // Somebody reloads what is loaded: it says `reloading` for ever, and serves.
                post(url + "/v1/models/reload", Map.of("model_id", "o/b"));
                assertThat(status(url, "o/b")).contains("\"reloading\"");
                load(node, "o/b");
                assertThat(loaded(node, "o/b")).isTrue();
                unload(node, "o/b");

                load(node, "o/none");
                Stack.until("o/none failed", () -> failed(node, "o/none").contains("o/a, o/b"));
            }
            // The neuron's end is not the end of an engine that is not its own.
            assertThat(status(url, "o/a")).contains("\"loaded\"");
        } finally {
            mistral.destroyForcibly().waitFor();
        }
    }

    @Test
    void aProcessPerModel() throws Exception {
        binary();
        String harness =
                """
                binary = "./mistralrs"
                port_range = [21000, 29000]
                allow_args = ["--load-time", "--load-fails"]
                """;
        try (Program neuron = neuron(harness)) {
            String node = neuron.readyUrl(0);
            load(node, "o/m", "--load-time", "1s");
            Stack.until("it is loaded", () -> loaded(node, "o/m"));
            ModelInfo info = replica(node, "o/m").orElseThrow();
            assertThat(info.engine().engineModel()).isEqualTo("o/m");
            assertThat(info.load().loadSecs()).isGreaterThan(1.0);
            assertThat(engines(neuron, "o/m")).isNotEmpty();

            unload(node, "o/m");
            assertThat(engines(neuron, "o/m")).isEmpty();

            load(node, "o/bad", "--load-fails");
            Stack.until("it failed", () -> !failed(node, "o/bad").isEmpty());
            assertThat(engines(neuron, "o/bad")).isEmpty();
        }
    }

    /// The neuron's processes that run a model; it also has some, for a moment, that read devices.
    private static List<ProcessHandle> engines(Program neuron, String model) {
        return neuron.handle()
                .descendants()
                .filter(p -> p.info().commandLine().orElse("").contains(model))
                .toList();
    }

    private void load(String node, String model, String... args) {
        EngineOptions options =
                new EngineOptions(
                        EngineOptions.Origin.NONE,
                        null,
                        null,
                        null,
                        List.of(),
                        null,
                        List.of(args));
        LoadRequest request =
                new LoadRequest(model, "mistralrs", null, null, List.of(), null, options);
        assertThat(post(node + "/models/load", request).statusCode()).isEqualTo(200);
    }

    private void unload(String node, String model) {
        UnloadRequest request = new UnloadRequest(model, null, false);
        assertThat(post(node + "/models/unload", request).body()).contains("unloaded");
    }

    private String status(String url, String model) {
        return post(url + "/v1/models/status", Map.of("model_id", model)).body();
    }

    private List<ModelInfo> replicas(String node) {
        String body = send(HttpRequest.newBuilder(URI.create(node + "/models"))).body();
        return List.of(Json.MAPPER.readValue(body, ModelInfo[].class));
    }

    private Optional<ModelInfo> replica(String node, String model) {
        return replicas(node).stream().filter(info -> info.id().equals(model)).findFirst();
    }

    private boolean loaded(String node, String model) {
        return replica(node, model).map(i -> i.status() == ModelStatus.LOADED).orElse(false);
    }

    private String failed(String node, String model) {
        return replica(node, model)
                .filter(info -> info.status() == ModelStatus.FAILED)
                .map(info -> String.valueOf(info.engine().reason()))
                .orElse("");
    }

    private boolean answers(String url) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/health")).build();
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> post(String url, Object body) {
        return send(
                HttpRequest.newBuilder(URI.create(url))
                        .header("Content-Type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        Json.MAPPER.writeValueAsString(body))));
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

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
