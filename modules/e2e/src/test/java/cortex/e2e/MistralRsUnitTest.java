package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A mistral.rs that keeps device memory after an unload, run by a make-believe systemd: what the
/// neuron measures, and what it does about it.
@Timeout(180)
class MistralRsUnitTest {
    private static final Path SMI = Sources.root().resolve("dist/demo-tools/nvidia-smi");

    @TempDir private Path dir;
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void noEngineIsLeft() throws IOException {
        Optional<ProcessHandle> left = engine();
        left.ifPresent(ProcessHandle::destroyForcibly);
    }

    private Optional<ProcessHandle> engine() throws IOException {
        Path pid = dir.resolve("pid");
        return Files.exists(pid)
                ? ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                        .filter(ProcessHandle::isAlive)
                : Optional.empty();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /// A `systemctl` that starts and stops a demo engine which serves these models and, after an
    /// unload, keeps their memory for good.
    private void systemd(int port, String models) throws IOException {
        Path bin = Files.createDirectories(dir.resolve("bin"));
        Path script = bin.resolve("systemctl");
        Files.writeString(
                script,
                """
                #!/bin/sh
                cd '%s' || exit 1
                verb=$2
                echo "$verb" >>calls
                if [ "$verb" != start ] && [ -f pid ]; then
                    kill "$(cat pid)" 2>/dev/null
                    for _ in $(seq 40); do
                        case $(sed 's/.*) //' "/proc/$(cat pid)/stat" 2>/dev/null) in
                        '' | Z*) break ;;
                        esac
                        sleep 0.05
                    done
                    rm pid
                fi
                [ "$verb" = stop ] && exit 0
                env -u CORTEX_REPLICA -u CORTEX_NEURON '%s/bin/java' -Xmx96m -XX:TieredStopAtLevel=1 -p '%s' \\
                    -m cortex.demo/cortex.demo.Main --api mistralrs serve --models %s \\
                    --host 127.0.0.1 --port %d --load-time 300ms --vram-mb 3000 \\
                    --leak-on-unload forever >engine.log 2>&1 </dev/null &
                echo $! >pid
                """
                        .formatted(
                                dir,
                                System.getProperty("java.home"),
                                Sources.root().resolve("dist/target/lib"),
                                models,
                                port));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Program neuron(int port) throws IOException {
        Files.writeString(
                dir.resolve("neuron.toml"),
                """
                [neuron]
                listen = "127.0.0.1:0"
                state_dir = "state"
                nvidia_smi = "%s"
                probe_interval = "300ms"
                memory_return_timeout = "1s"
                [[harnesses]]
                name = "mistralrs"
                endpoint = "http://127.0.0.1:%d"
                unit = "mistralrs.service"
                """
                        .formatted(SMI, port));
        Map<String, String> environment =
                Map.of(
                        "DEMO_GPU_MIB",
                        "10000",
                        "DEMO_VRAM_DIR",
                        dir.resolve("vram").toString(),
                        "PATH",
                        dir.resolve("bin") + ":" + System.getenv("PATH"));
        List<String> serve = List.of("serve", "--config", "neuron.toml");
        return Program.start("neuron", dir, serve, environment);
    }

    private JsonNode call(String url, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body));
        }
        try {
            HttpResponse<String> answer =
                    http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return Json.MAPPER.readTree(answer.body());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void load(String node, String model) {
        call(
                node + "/models/load",
                "{\"model_id\":\"%s\",\"harness\":\"mistralrs\",\"devices\":[0]}".formatted(model));
    }

    private JsonNode unload(String node, String model) {
        return call(node + "/models/unload", "{\"model_id\":\"%s\"}".formatted(model));
    }

    private JsonNode entry(String node, String model) {
        for (JsonNode entry : call(node + "/models", "")) {
            if (entry.get("id").stringValue().equals(model)) {
                return entry;
            }
        }
        return Json.MAPPER.createObjectNode();
    }

    private boolean loaded(String node, String model) {
        return entry(node, model).path("status").asString("").equals("loaded");
    }

    @Test
    void theUnitIsStoppedForTheMemoryThatItsOnlyModelKeeps() throws Exception {
        int port = freePort();
        systemd(port, "o/a");
        try (Program neuron = neuron(port)) {
            String node = neuron.readyUrl(0);
            load(node, "o/a");
            Stack.until("it is loaded", () -> loaded(node, "o/a"));
            Stack.until(
                    "its memory is measured",
                    () -> entry(node, "o/a").path("vram_used_mb").asLong(0) == 3000);
            assertThat(entry(node, "o/a").get("devices_used_mb").toString()).isEqualTo("[3000]");

            JsonNode answer = unload(node, "o/a");

            assertThat(answer.get("freed_mb").longValue()).isEqualTo(3000);
            assertThat(answer.get("leaked_mb").isNull()).isTrue();
            assertThat(answer.get("escalated").booleanValue()).isTrue();
            assertThat(answer.get("note").stringValue()).contains("stopped its unit");
            assertThat(engine()).isEmpty();
            assertThat(Files.readString(dir.resolve("calls"))).isEqualTo("start\nstop\n");
            JsonNode unloads = call(node + "/health", "").get("unloads");
            assertThat(unloads.get("verified").longValue()).isOne();
            assertThat(unloads.get("escalated").longValue()).isOne();
        }
    }

    @Test
    void whatKeepsItsMemoryBesideAnotherModelIsALeakUntilTheHarnessIsRestarted() throws Exception {
        int port = freePort();
        systemd(port, "o/a,o/b");
        try (Program neuron = neuron(port)) {
            String node = neuron.readyUrl(0);
            load(node, "o/a");
            Stack.until("both are loaded", () -> loaded(node, "o/a") && loaded(node, "o/b"));
            // The process loaded both at its start: what each took cannot be told.
            assertThat(entry(node, "o/a").get("vram_used_mb").isNull()).isTrue();
            JsonNode unknown = unload(node, "o/a");
            assertThat(unknown.get("freed_mb").isNull()).isTrue();
            assertThat(unknown.get("leaked_mb").isNull()).isTrue();
            assertThat(used(node)).isEqualTo(6000);

            JsonNode restarted =
                    call(node + "/harnesses/mistralrs/restart", "{\"only_if_idle\":true}");

            assertThat(restarted.get("status").stringValue()).isEqualTo("restarted");
            assertThat(restarted.get("cycles").intValue()).isOne();
            Stack.until("both are back", () -> loaded(node, "o/a") && loaded(node, "o/b"));
            assertThat(Files.readString(dir.resolve("calls"))).isEqualTo("start\nrestart\n");
            JsonNode harness = call(node + "/health", "").get("harnesses").get(0);
            assertThat(harness.get("cycles").intValue()).isZero();
        }
    }

    private long used(String node) {
        return call(node + "/health", "").get("devices").get(0).get("vram_used_mb").longValue();
    }
}
