package cortex.attack;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.attack.Target.Setup;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Those who have no business here: a neighbour in the network, a web page in somebody's browser, a
/// client with an API key who would be an operator, and an operator's mistake in the catalogue.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StrangersTest {
    private static final String OWNED =
            """
            {"model_id":"evil/mcp","harness":"demo","options":{"args":["--mcp-servers-json",\
            "{\\"mcpServers\\":{\\"x\\":{\\"command\\":\\"/bin/sh\\"}}}"]}}\
            """;

    private Target target;
    private int neuron;

    @BeforeAll
    void start(@TempDir Path dir) throws IOException, InterruptedException {
        target = Target.start(dir, Setup.USUAL);
        neuron = URI.create(target.neuron()).getPort();
    }

    @AfterAll
    void stop() {
        target.close();
    }

    private static String request(String line, String body, String... headers) {
        return line
                + " HTTP/1.1\r\n"
                + (String.join("", headers).contains("Host:") ? "" : "Host: 127.0.0.1\r\n")
                + Stream.of(headers).map(h -> h + "\r\n").reduce("", String::concat)
                + "Content-Length: "
                + body.length()
                + "\r\nConnection: close\r\n\r\n"
                + body;
    }

    private static int status(String answer) {
        return answer.length() < 12 ? 0 : Integer.parseInt(answer.substring(9, 12));
    }

    static Stream<String> neuronRoutes() {
        return Stream.of(
                "GET /discovery",
                "GET /models",
                "GET /models/good/endpoint",
                "GET /models/good/log",
                "POST /models/load",
                "POST /models/unload",
                "POST /harnesses/demo/restart",
                "POST /engines/x/v1/chat/completions",
                "GET /engines/x/slots",
                "GET /nowhere");
    }

    @ParameterizedTest
    @MethodSource("neuronRoutes")
    void nobodyTalksToANeuronWithoutItsKey(String line) throws IOException {
        String json = "Content-Type: application/json";
        assertThat(status(Raw.exchange(neuron, request(line, OWNED, json)))).isEqualTo(401);
        String wrong = "Authorization: Bearer " + Target.ALICE;
        assertThat(status(Raw.exchange(neuron, request(line, OWNED, json, wrong)))).isEqualTo(401);
    }

    @Test
    void healthWithoutAKeySaysNothingButThatItIsUp() throws IOException {
        String answer = Raw.exchange(neuron, request("GET /health", ""));
        assertThat(status(answer)).isEqualTo(200);
        assertThat(answer)
                .doesNotContain("ram")
                .doesNotContain("devices")
                .doesNotContain("harness");
    }

    static Stream<List<String>> pages() {
        return Stream.of(
                List.of("Content-Type: text/plain"),
                List.of("Content-Type: application/json", "Origin: https://evil.example"),
                List.of("Content-Type: application/json", "Origin: null"),
                List.of("Content-Type: application/json", "Sec-Fetch-Site: cross-site"),
                List.of(
                        "Content-Type: application/x-www-form-urlencoded",
                        "Origin: https://evil.example"));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void noWebPageReachesEither(List<String> headers) throws IOException {
        String[] none = headers.toArray(String[]::new);
        String chat = "{\"model\":\"good\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        assertThat(status(Raw.exchange(neuron, request("POST /models/load", OWNED, none))))
                .isIn(401, 403, 415);
        String[] keyed =
                Stream.concat(headers.stream(), Stream.of("Authorization: Bearer " + Target.ALICE))
                        .toArray(String[]::new);
        assertThat(
                        status(
                                Raw.exchange(
                                        target.port(),
                                        request("POST /v1/chat/completions", chat, keyed))))
                .isIn(403, 415);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: rebound.evil.example:8000",
                "Host: 127.0.0.1.evil.example",
                "Host: localhost.evil.example"
            })
    void noNameIsRebound(String host) throws IOException {
        for (String line : List.of("GET /v1/models", "GET /admin/fleet", "GET /health")) {
            String key = "Authorization: Bearer " + Target.OPERATOR;
            String answer = Raw.exchange(target.port(), request(line, "", host, key));
            assertThat(status(answer)).as(line).isIn(403, 421);
            assertThat(answer).contains("hosts");
        }
        assertThat(status(Raw.exchange(neuron, request("GET /models", "", host))))
                .isIn(401, 403, 421);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/admin/fleet",
                "/v1/v1/admin/fleet",
                "/anthropic/admin/fleet",
                "/anthropic/v1/admin/fleet",
                "//admin/fleet",
                "/admin//fleet",
                "/Admin/fleet",
                "/%61dmin/fleet",
                "/v1/../admin/fleet",
                "/v1/%2e%2e/admin/fleet",
                "/admin;x/fleet",
                "/admin/fleet/",
                "/admin/./fleet"
            })
    void adminHasOneSpelling(String path) throws IOException {
        String key = "Authorization: Bearer " + Target.OPERATOR;
        assertThat(status(Raw.exchange(target.port(), request("GET " + path, "", key))))
                .isGreaterThanOrEqualTo(400);
    }

    @Test
    void anApiKeyIsNoOperator() {
        for (String path : List.of("/admin/fleet", "/admin/requests")) {
            assertThat(target.get(Target.ALICE, path).statusCode()).as(path).isIn(401, 403);
            assertThat(target.get("", path).statusCode()).as(path).isEqualTo(401);
        }
        assertThat(target.post(Target.ALICE, "/admin/unload", "{\"model\":\"good\"}").statusCode())
                .isIn(401, 403);
        assertThat(target.get(Target.OPERATOR, "/admin/fleet").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--mcp-servers-json",
                "--mcp_servers_json={}",
                "--tools",
                "--agent",
                "--log-file",
                "--log_file=/tmp/x",
                "--slot-save-path",
                "--mmproj-url",
                "-hf",
                "-mu",
                "--ui",
                "--path",
                "--chat-template-file",
                "--media-path",
                "--host",
                "--host=0.0.0.0",
                "--port",
                "--rpc",
                "--api-key-file",
                "--mcp-config",
                "--enable-code-execution"
            })
    void aLoadIsDataAndNoCommandLine(String flag) {
        String load =
                """
                {"model_id":"evil","harness":"demo","options":{"args":["%s","all"]}}
                """
                        .formatted(flag);
        var answer = target.post(Target.FLEET, target.neuron() + "/models/load", load);
        assertThat(answer.statusCode()).isBetween(400, 499);
        assertThat(answer.body()).contains(flag.replaceFirst("=.*", "").replace('_', '-'));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"X-Real-IP: 1.2.3.4", "Via: 1.1 x", "CF-Connecting-IP: 1.2.3.4", "A: b"})
    void beingOnTheSameHostIsNoRight(String header) throws IOException {
        String wish = "{\"model\":\"good\"}";
        String json = "Content-Type: application/json";
        assertThat(
                        status(
                                Raw.exchange(
                                        target.port(),
                                        request("POST /admin/unload", wish, json, header))))
                .isEqualTo(401);
    }
}
