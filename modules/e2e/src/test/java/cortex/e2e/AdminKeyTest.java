package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A newcomer's gateway, with nothing configured: its own user operates it, and nobody else.
class AdminKeyTest {
    @TempDir private Path dir;
    private final HttpClient http = HttpClient.newHttpClient();
    private Program cortex;
    private String api;

    @BeforeEach
    void start() throws Exception {
        Files.writeString(
                dir.resolve("cortex.toml"),
                """
                [gateway]
                listen = "127.0.0.1:0"
                metrics_listen = "127.0.0.1:0"
                [[neurons]]
                name = "beast"
                endpoint = "http://127.0.0.1:9"
                """);
        Files.writeString(
                dir.resolve("models.toml"), "[[models]]\nid = \"tiny\"\nharness = \"demo\"\n");
        cortex =
                Program.startReady(
                        "cortex",
                        dir,
                        List.of("serve", "--config", "cortex.toml"),
                        Program.OWN_KEY);
        api = cortex.readyUrl(0);
    }

    @AfterEach
    void stop() {
        cortex.close();
    }

    private int drain(String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(api + "/admin/drain"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"node\":\"beast\"}"));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    /// Runs `cortex ARGUMENTS…` as a user whose home is `home`.
    private Operator.Said runs(Path home, String... arguments) throws Exception {
        Map<String, String> environment = new HashMap<>(Program.OWN_KEY);
        environment.put("CORTEX_URL", api);
        try (Program command =
                Program.start("cortex", home, List.of(arguments), Map.copyOf(environment))) {
            int exit = command.awaitExit(Duration.ofSeconds(40));
            command.awaitEnd();
            return new Operator.Said(exit, command.log());
        }
    }

    @Test
    void itsOwnUserOperatesItAndNobodyElse() throws Exception {
        assertThat(drain()).isEqualTo(401);
        assertThat(drain("Via", "1.1 nginx", "X-Real-IP", "127.0.0.1")).isEqualTo(401);
        assertThat(drain("x-api-key", Program.OPERATOR)).isEqualTo(401);

        int port = URI.create(api).getPort();
        Path file = dir.resolve(".local/state/cortex/admin-127.0.0.1-" + port + ".key");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(drain("x-api-key", Files.readString(file).strip())).isEqualTo(200);
        assertThat(cortex.log())
                .contains(file.toString())
                .doesNotContain(Files.readString(file).strip());

        assertThat(runs(dir, "undrain", "beast").text()).contains("beast");
        assertThat(runs(dir, "status").text()).contains("no neuron has answered yet", "NODE");
        Operator.Said other = runs(Files.createDirectory(dir.resolve("other")), "status");
        assertThat(other.exit()).isEqualTo(1);
        assertThat(other.text()).contains("Admin key required", "--admin-key-file");

        cortex.terminate();
        cortex.awaitExit(Duration.ofSeconds(40));
        assertThat(file).doesNotExist();
    }
}
