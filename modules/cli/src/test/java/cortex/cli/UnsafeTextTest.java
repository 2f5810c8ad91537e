package cortex.cli;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.cli.Console.Result;
import cortex.core.node.Json;
import cortex.relay.http.RunningServer;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every command against a gateway whose every text sets the title, writes the clipboard, clears
/// the screen, turns the writing around and tries to forge a row.
class UnsafeTextTest {
    private static final String ATTACK =
            "\u001b]0;PWNED-TITLE\u0007 \u001b]52;c;cm0gLXJmIH4=\u0007 \u001b[2J\u202e\u009b31m"
                    + "\u2028\ud800";
    private static final String ROW = ATTACK + "\r\nFORGED row";

    private RunningServer gateway;

    @BeforeEach
    void startGateway() {
        gateway = LoopbackGateway.with(UnsafeTextTest::routes);
    }

    @AfterEach
    void stopGateway() {
        gateway.close();
    }

    private static void routes(HttpRouting.Builder routes) {
        Map<String, Object> device =
                Map.of("index", 0, "name", ROW, "vram_total_mb", 1, "vram_free_mb", 1);
        Map<String, Object> node =
                Map.of(
                        "name",
                        ROW,
                        "problem",
                        ROW,
                        "restarting",
                        ROW,
                        "pins",
                        List.of(ROW),
                        "discovery",
                        Map.of("devices", List.of(device)),
                        "health",
                        Map.of("devices", List.of(device)));
        Map<String, Object> replica =
                Map.of(
                        "model", ROW,
                        "node", ROW,
                        "status", ROW,
                        "devices", List.of(ROW),
                        "in_flight", ROW,
                        "context", ROW,
                        "reason", ROW);
        Map<String, Object> queue = Map.of("model", ROW, "wanted", true);
        Map<String, Object> model =
                Map.of("id", ROW, "status", ROW, "node", ROW, "aliases", List.of(ROW));
        routes.get(
                        "/admin/fleet",
                        (_, response) ->
                                json(
                                        response,
                                        Map.of(
                                                "nodes", List.of(node),
                                                "replicas", List.of(replica),
                                                "queues", List.of(queue),
                                                "under_way", List.of(queue))))
                .get("/v1/models", (_, response) -> json(response, Map.of("data", List.of(model))))
                .get(
                        "/v1/models/{id}",
                        (_, response) ->
                                json(response, Map.of("id", ROW, "capabilities", Map.of())))
                .get("/ready", (_, response) -> json(response, Map.of("reason", ROW)))
                .post("/admin/plan", (_, response) -> json(response, Map.of("text", ATTACK)))
                .post("/admin/load", (_, response) -> refuse(response))
                .post(
                        "/admin/{verb}",
                        (_, response) ->
                                json(
                                        response,
                                        Map.of(
                                                "changes",
                                                List.of(
                                                        Map.of(
                                                                "model", ROW, "node", ROW, "text",
                                                                ROW)))))
                .post("/v1/{rest:.+}", (_, response) -> chat(response));
    }

    private static void json(ServerResponse response, Object body) {
        response.send(Json.MAPPER.writeValueAsBytes(body));
    }

    private static void refuse(ServerResponse response) {
        response.status(Status.CONFLICT_409);
        json(response, Map.of("error", Map.of("message", ROW)));
    }

    private static void chat(ServerResponse response) {
        Map<String, Object> delta =
                Map.of("choices", List.of(Map.of("delta", Map.of("content", ATTACK + "\n\tb"))));
        response.send("data: " + Json.MAPPER.writeValueAsString(delta) + "\n\ndata: [DONE]\n\n");
    }

    private Result run(String... args) {
        return Console.run("hi", Map.of("CORTEX_URL", "http://" + gateway.address()), args);
    }

    /// Printed is what is there to be seen: line breaks, tabs and characters with a shape.
    private static void assertSafe(String... printed) {
        for (String text : printed) {
            for (int c : text.codePoints().toArray()) {
                assertThat(c == '\n' || c == '\t' || !Character.isISOControl(c)).isTrue();
                assertThat(Character.getType(c))
                        .isNotIn(
                                (int) Character.FORMAT,
                                (int) Character.SURROGATE,
                                (int) Character.LINE_SEPARATOR);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status",
                "models",
                "chat tiny hello",
                "why tiny",
                "load tiny",
                "unload tiny",
                "pin tiny n1",
                "unpin tiny n1",
                "drain n1",
                "undrain n1",
                "verify --timeout 1 tiny"
            })
    void nothingThatAGatewaySaysControlsTheTerminal(String command) {
        Result result = run(command.split(" ", -1));
        assertSafe(result.out(), result.err());
        assertThat(result.out() + result.err()).contains("PWNED-TITLE");
        assertThat((result.out() + result.err()).lines()).noneMatch(l -> l.startsWith("FORGED"));
    }

    @Test
    void theMachineReadableFormIsSafeTooAndStillTheSame() {
        Result result = run("verify", "--json", "--timeout", "1", "tiny");
        assertSafe(result.out());
        assertThat(Json.MAPPER.readTree(result.out()).path("model").asString(""))
                .startsWith(ATTACK.substring(0, ATTACK.length() - 1))
                .endsWith("\r\nFORGED row");
    }

    @Test
    void aChatKeepsItsLinesAndTabs() {
        assertThat(run("chat", "tiny", "hello").out()).contains("\n\tb").doesNotContain("\u001b");
    }

    @Test
    void argumentsAndFilesAreSafeToo(@TempDir Path dir) throws Exception {
        Path config =
                Files.writeString(dir.resolve("c.toml"), "[gateway]\n\"" + "\\u001b[2J\" = 1");
        Path trace = Files.writeString(dir.resolve("t.jsonl"), "\u001b[2J\u202e");
        for (String[] args :
                new String[][] {
                    {"check", "--config", config.toString()},
                    {"check", "--config", dir + "/" + "\u001b[2J.toml"},
                    {"simulate", "--trace", trace.toString()},
                    {"simulate", "--generate", "\u202e"},
                    {"\u001b[2J"},
                }) {
            Result result = run(args);
            assertSafe(result.out(), result.err());
            assertThat(result.code()).isNotZero();
            assertThat(result.err()).isNotEmpty();
        }
    }
}
