package cortex.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// The operator's side is where it is and nowhere else, whoever asks, from wherever: every spelling
/// by every method with every key from every page, sent down to the bytes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdminSpellingsTest {
    private static final String PAGE = "https://app.example";
    private static final String BODY = "{\"node\":\"beast\"}";

    private static final List<String> SPELLINGS =
            List.of(
                    "/v1/admin/drain",
                    "/v1/v1/admin/drain",
                    "/anthropic/admin/drain",
                    "/anthropic/v1/admin/drain",
                    "//admin/drain",
                    "/v1//admin/drain",
                    "/Admin/drain",
                    "/%61dmin/drain",
                    "/admin%2fdrain",
                    "/admin/%64rain",
                    "/admin//drain",
                    "/admin/./drain",
                    "/admin/../admin/drain",
                    "/./admin/drain",
                    "/v1/../admin/drain",
                    "/v1/models/../../admin/drain",
                    "/admin/drain/",
                    "/admin/drain.",
                    "/admin/drain;a=b",
                    "/admin;a=b/drain",
                    "/admin./drain",
                    "/admin\\drain");

    private static final List<String> KEYS = List.of("", "user", "wrong", "boss");
    private static final List<String> METHODS = List.of("POST", "GET", "PUT", "DELETE", "OPTIONS");

    private final Bench bench =
            new Bench(
                    Bench.TIMING,
                    Bench.ADMISSION,
                    new Bench.Open(List.of("user"), List.of("boss"), List.of(PAGE)));

    @AfterAll
    void stop() throws Exception {
        bench.close();
    }

    /// The status line and the headers of the answer.
    private String ask(String method, String path, String key, String origin) throws IOException {
        try (RawClient client = new RawClient(bench.port())) {
            client.send(
                    method
                            + " "
                            + path
                            + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                            + (key.isEmpty() ? "" : "x-api-key: " + key + "\r\n")
                            + (origin.isEmpty() ? "" : "Origin: " + origin + "\r\n")
                            + "Access-Control-Request-Method: POST\r\n"
                            + "Content-Length: "
                            + BODY.length()
                            + "\r\n\r\n"
                            + BODY);
            return client.until("\r\n\r\n");
        }
    }

    private static int status(String head) {
        return Integer.parseInt(head.substring(9, 12));
    }

    @Test
    void noOtherSpellingLeadsThere() throws IOException {
        for (String path : SPELLINGS) {
            for (String method : METHODS) {
                for (String key : KEYS) {
                    String head = ask(method, path, key, PAGE);
                    String asked = method + " " + path + " with '" + key + "': " + head;
                    assertThat(status(head)).as(asked).isIn(204, 400, 401, 403, 404, 405);
                    assertThat(status(head) != 204 || method.equals("OPTIONS")).as(asked).isTrue();
                    if (!path.startsWith("/v1/models/")) {
                        assertThat(head).as(asked).doesNotContainIgnoringCase("access-control-");
                    }
                }
            }
        }
        assertThat(bench.fleet.wishes).isEmpty();
        assertThat(status(ask("POST", "/admin/drain", "boss", ""))).isEqualTo(200);
        assertThat(bench.fleet.wishes).hasSize(1);
        bench.fleet.wishes.clear();
    }

    @Test
    void whereItIsPagesAreToldNothing() throws IOException {
        for (String path :
                List.of("/admin/drain", "/admin/fleet", "/admin/requests", "/admin/plan")) {
            for (String method : List.of("OPTIONS", "GET", "POST")) {
                for (String key : KEYS) {
                    for (String origin : List.of(PAGE, "https://evil.example", "null")) {
                        assertThat(ask(method, path, key, origin))
                                .as(method + " " + path + " from " + origin)
                                .doesNotContainIgnoringCase("access-control-");
                    }
                }
            }
        }
        bench.fleet.wishes.clear();
    }

    @Test
    void whatIsForPagesIsForPagesUnderEveryName() throws IOException {
        for (String path : List.of("/v1/models", "/models/", "/anthropic/v1/models?limit=1")) {
            assertThat(ask("GET", path, "user", PAGE))
                    .as(path)
                    .contains("200 OK")
                    .containsIgnoringCase("access-control-allow-origin: " + PAGE);
        }
        try (RawClient client = new RawClient(bench.port())) {
            client.send(
                    "GET /v1/models?a=b HTTP/1.1\r\nHost: localhost\r\nOrigin: "
                            + PAGE
                            + "\r\nx-large: "
                            + "a".repeat(17 << 10)
                            + "\r\n\r\n");
            assertThat(client.until("\r\n\r\n")).contains(" 431 ", "Vary: Origin");
        }
    }
}
