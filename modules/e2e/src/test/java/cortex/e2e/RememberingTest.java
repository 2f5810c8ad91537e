package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What a gateway's next life knows of its last: what models take, and what operators want.
class RememberingTest {
    private static final String ENDLESS =
            """
            {"model":"grown","stream":true,"max_tokens":100000,
            "messages":[{"role":"user","content":"go on forever"}]}
            """;
    private static final String MODELS =
            """
            [[models]]
            id = "grown"
            harness = "demo"
            vram_mb = 1000
            context = 131072
            args = ["--load-time", "300ms", "--speed", "50", "--vram-mb", "3000"]
            [[models]]
            id = "large"
            harness = "demo"
            vram_mb = 9000
            args = ["--load-time", "300ms"]
            """;

    @TempDir private Path dir;
    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void footprintsPinsDrainsAndWantedLoadsOutliveTheGateway() throws Exception {
        Path state = dir.resolve("kept").resolve("state.json");
        try (GpuNode beast = new GpuNode("beast", dir, "10000", 27_000);
                GpuNode mini = new GpuNode("mini", dir, "8000", 29_500)) {
            Files.writeString(dir.resolve("cortex.toml"), config(beast, mini));
            Files.writeString(dir.resolve("models.toml"), MODELS);
            try (Program first = cortex()) {
                learnAndWant(first);
                first.kill();
            }
            try (Program second = cortex()) {
                assertThat(need(second).path("measured").asBoolean(false)).isTrue();
                assertThat(need(second).path("vram_mb").asLong()).isEqualTo(3000);
                assertThat(node(second, "beast").path("pins").toString()).isEqualTo("[\"large\"]");
                assertThat(node(second, "mini").path("draining").asBoolean(false)).isTrue();
                Stack.until("the load is wanted again", () -> status(second, "large", "loaded"));
                pinsHold(second);
                post(second, "undrain", Map.of("node", "mini"));
                second.terminate();
                second.awaitExit(Duration.ofSeconds(40));
            }
            Files.writeString(state, "{\"version\": 1, \"footprints\": [");
            try (Program third = cortex()) {
                assertThat(third.awaitLine("cannot read", Duration.ofSeconds(30)))
                        .contains("state.json")
                        .contains("forgotten");
                answered(third);
                assertThat(node(third, "beast").path("pins").isEmpty()).isTrue();
                assertThat(need(third).path("measured").asBoolean(true)).isFalse();
            }
            assertThat(state.resolveSibling("state.json.unreadable")).exists();
        }
    }

    /// Lets one model be measured and keeps it busy, drains one node, pins another model on the
    /// other, and wants it loaded, for which there is no room before the first is idle.
    private void learnAndWant(Program cortex) throws Exception {
        answered(cortex);
        post(cortex, "drain", Map.of("node", "mini"));
        post(cortex, "pin", Map.of("model", "large", "node", "beast"));
        post(cortex, "load", Map.of("model", "grown"));
        Stack.until("it is measured", () -> need(cortex).path("vram_mb").asLong() == 3000);
        HttpRequest endless =
                HttpRequest.newBuilder(URI.create(cortex.readyUrl(0) + "/v1/chat/completions"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(ENDLESS))
                        .build();
        var stream = http.send(endless, HttpResponse.BodyHandlers.ofInputStream());
        assertThat(stream.statusCode()).isEqualTo(200);
        HttpResponse<String> load = send(cortex, "load", Map.of("model", "large"));
        assertThat(load.body()).contains("\"step\":\"waiting\"");
    }

    private void pinsHold(Program cortex) throws Exception {
        Map<String, Object> unload = Map.of("model", "large");
        HttpResponse<String> refused = send(cortex, "unload", unload);
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("'large' is pinned on 'beast'").contains("unpin");
        assertThat(send(cortex, "drain", Map.of("node", "beast")).statusCode()).isEqualTo(409);
        post(cortex, "unload", Map.of("model", "large", "node", "beast", "force", true));
        Stack.until("it is gone", () -> fleet(cortex).path("replicas").isEmpty());
    }

    private static String config(GpuNode beast, GpuNode mini) {
        return """
        [gateway]
        listen = "127.0.0.1:0"
        metrics_listen = "127.0.0.1:0"
        [placement]
        state_file = "kept/state.json"
        [eviction]
        min_residency = "1s"
        [polling]
        interval = "200ms"
        [[neurons]]
        name = "beast"
        endpoint = "%s"
        [[neurons]]
        name = "mini"
        endpoint = "%s"
        """
                .formatted(beast.url(), mini.url());
    }

    private Program cortex() throws InterruptedException {
        return Program.startReady("cortex", dir, List.of("serve", "--config", "cortex.toml"));
    }

    private void answered(Program cortex) throws InterruptedException {
        Stack.until(
                "both nodes answered",
                () -> {
                    for (JsonNode node : fleet(cortex).path("nodes")) {
                        if (!node.path("healthy").asBoolean(false)) {
                            return false;
                        }
                    }
                    return true;
                });
    }

    private JsonNode need(Program cortex) {
        return ask(cortex, "POST", "/admin/plan", "{\"model\":\"grown\"}").at("/load/need");
    }

    private JsonNode fleet(Program cortex) {
        return ask(cortex, "GET", "/admin/fleet", "");
    }

    private JsonNode node(Program cortex, String name) {
        for (JsonNode node : fleet(cortex).path("nodes")) {
            if (node.path("name").asString("").equals(name)) {
                return node;
            }
        }
        throw new AssertionError("there is no node " + name);
    }

    private boolean status(Program cortex, String model, String status) {
        for (JsonNode replica : fleet(cortex).path("replicas")) {
            if (replica.path("model").asString("").equals(model)) {
                return replica.path("status").asString("").equals(status);
            }
        }
        return false;
    }

    private void post(Program cortex, String verb, Map<String, Object> wish) throws Exception {
        HttpResponse<String> answer = send(cortex, verb, wish);
        assertThat(answer.statusCode()).as(verb + ": " + answer.body()).isEqualTo(200);
    }

    private HttpResponse<String> send(Program cortex, String verb, Map<String, Object> wish)
            throws IOException, InterruptedException {
        String body = Json.MAPPER.writeValueAsString(wish);
        return send(cortex, "POST", "/admin/" + verb, body);
    }

    private JsonNode ask(Program cortex, String method, String path, String body) {
        try {
            return Json.MAPPER.readTree(send(cortex, method, path, body).body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> send(Program cortex, String method, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest request =
                Gateways.asOperator(
                                HttpRequest.newBuilder(URI.create(cortex.readyUrl(0) + path)), path)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .timeout(Duration.ofSeconds(30))
                        .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
