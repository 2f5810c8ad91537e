package cortex.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import cortex.core.time.SystemTime;
import cortex.gateway.config.GatewayConfigReader;
import cortex.gateway.nodes.ScriptedNeuron;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A whole gateway over two neurons, of which one is bad: the other's requests go on.
class BadNodeTest {
    private static final String KEY = "an-operators-key-of-this-test";

    private static final String BODY =
            "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

    @TempDir Path dir;

    private final RawEngine engine = new RawEngine();
    private final ScriptedNeuron good = new ScriptedNeuron();
    private final ScriptedNeuron bad = new ScriptedNeuron();
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void close() throws IOException {
        http.shutdownNow();
        good.close();
        bad.close();
        engine.close();
    }

    private Gateway gateway(String more) throws IOException {
        Files.writeString(
                dir.resolve("models.toml"),
                """
                [[models]]
                id = "tiny"
                harness = "llamacpp"
                vram_mb = 1000
                """);
        Path file = dir.resolve("cortex.toml");
        Files.writeString(
                file,
                """
                [gateway]
                listen = "127.0.0.1:0"
                metrics_listen = "127.0.0.1:0"
                drain_timeout = "1s"
                admin_keys = ["%s"]
                [polling]
                interval = "150ms"
                %s
                [[neurons]]
                name = "good"
                endpoint = "%s"
                [[neurons]]
                name = "bad"
                endpoint = "%s"
                """
                        .formatted(KEY, more, good.url(), bad.url()));
        return Gateway.start(GatewayConfigReader.read(file, Map.of()), new SystemTime());
    }

    private HttpResponse<String> ask(Gateway gateway) throws Exception {
        URI url = URI.create("http://127.0.0.1:" + gateway.api().port() + "/v1/chat/completions");
        return http.send(
                HttpRequest.newBuilder(url)
                        .timeout(Duration.ofSeconds(20))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(BODY))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /// Why the bad node is not healthy, as operators are told; "null" when it is.
    private String problem(Gateway gateway) {
        try {
            URI url = URI.create("http://127.0.0.1:" + gateway.api().port() + "/admin/fleet");
            String body =
                    http.send(
                                    HttpRequest.newBuilder(url)
                                            .header("Authorization", "Bearer " + KEY)
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .body();
            return Json.MAPPER.readTree(body).path("nodes").path(1).path("problem").toString();
        } catch (IOException | InterruptedException e) {
            return e.toString();
        }
    }

    private void serve() {
        good.healthy();
        good.lists("tiny", "r1", "loaded", "");
        good.answer(
                "GET /models/tiny/endpoint",
                200,
                "{\"url\":\"%s\",\"engine_model\":\"tiny\",\"replica\":\"r1\"}"
                        .formatted(engine.endpoint()));
    }

    private static String strangers(int count) {
        return IntStream.range(0, count)
                .mapToObj(i ->
                        ("{\"id\":\"x%d\",\"harness\":\"llamacpp\","
                                        + "\"status\":\"%s\",\"replica\":\"r%d\"}")
                                .formatted(i, i % 2 == 0 ? "loaded" : "loading", i))
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void aReportOfSixtyThousandModelsHoldsNobodyUp() throws Exception {
        serve();
        bad.healthy();
        bad.answer("GET /models", 200, strangers(60_000));
        try (Gateway gateway = gateway("")) {
            assertThat(ask(gateway).statusCode()).isEqualTo(200);
            Bench.eventually(
                    "the bad node is unhealthy, and why is told",
                    () -> problem(gateway).contains("answered with more than it may"));
            assertThat(ask(gateway).statusCode()).isEqualTo(200);
            bad.answer("GET /models", 200, "[]");
            Bench.eventually("the bad node recovers", () -> problem(gateway).equals("null"));
        }
    }

    /// Even an operator who allows such reports gets no more than work in proportion to them.
    @Test
    void whereSuchReportsAreAllowedTheyAreCounted() throws Exception {
        serve();
        bad.healthy();
        bad.answer("GET /models", 200, strangers(9_000));
        long begun;
        try (Gateway gateway = gateway("max_report = \"16MiB\"\nmax_report_models = 10000")) {
            for (int i = 0; i < 20; i++) {
                assertThat(ask(gateway).statusCode()).isEqualTo(200);
            }
            assertThat(problem(gateway)).isEqualTo("null");
            assertThat(threads("load-bad-")).isZero();
            begun = System.nanoTime();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
        assertThat(bad.requests.stream().filter(r -> r.contains("endpoint"))).isEmpty();
    }

    private static long threads(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .count();
    }
}
