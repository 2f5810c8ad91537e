package cortex.gateway;

import static cortex.gateway.RelayTest.ASK;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Every nonsense gets a clear 4xx in the right envelope, and the next request is served.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
    private final Bench bench = new Bench();

    @BeforeAll
    void answer() {
        bench.engine.script = (request, wire) -> wire.json(200, "{}");
    }

    @AfterAll
    void stop() throws Exception {
        bench.close();
    }

    @AfterEach
    void stillServes() throws Exception {
        assertThat(bench.post("/v1/chat/completions", ASK).statusCode()).isEqualTo(200);
    }

    private static JsonNode error(String body) {
        JsonNode error = JsonMapper.shared().readTree(body).path("error");
        assertThat(error.propertyNames()).containsExactly("message", "type", "param", "code");
        assertThat(error.path("message").asString()).isNotBlank();
        return error;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "[]",
                "\"x\"",
                "{",
                "{}",
                "{\"model\":7}",
                "{\"model\":\"\"}",
                "{\"model\":\"tiny\",\"model\":\"tiny\"}",
                "{\"model\":\"tiny\",\"stream\":\"yes\"}",
                "{\"model\":\"tiny\"}}",
                "\uFEFF{\"model\":\"tiny\"}"
            })
    void badBodies(String body) throws Exception {
        for (String path : new String[] {"/v1/chat/completions", "/v1/embeddings"}) {
            HttpResponse<String> response = bench.post(path, body);
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(error(response.body()).path("type").asString())
                    .isEqualTo("invalid_request_error");
            assertThat(response.headers().firstValue("x-request-id")).isPresent();
        }
    }

    @Test
    void binaryAndDeepBodies() throws Exception {
        byte[] noise = new byte[50_000];
        new Random(3).nextBytes(noise);
        for (byte[] body :
                new byte[][] {
                    noise,
                    ("{\"model\":\"tiny\",\"a\":" + "[".repeat(200_000))
                            .getBytes(StandardCharsets.UTF_8),
                    ("{\"model\":\"tiny\",\"a\":" + "{\"a\":".repeat(100_000))
                            .getBytes(StandardCharsets.UTF_8)
                }) {
            HttpResponse<String> response =
                    bench.send(
                            bench.to("/v1/chat/completions")
                                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                                    .build());
            assertThat(response.statusCode()).isEqualTo(400);
            error(response.body());
        }
    }

    @Test
    void unknownModelsNameTheNearest() throws Exception {
        HttpResponse<String> response =
                bench.post("/v1/chat/completions", "{\"model\":\"coder-30b\"}");
        assertThat(response.statusCode()).isEqualTo(404);
        JsonNode error = error(response.body());
        assertThat(error.path("code").asString()).isEqualTo("model_not_found");
        assertThat(error.path("message").asString())
                .contains("coder-30b")
                .contains("Did you mean org/Coder-30B?");
        assertThat(bench.post("/v1/completions", "{\"model\":\"" + "x".repeat(99_999) + "\"}"))
                .satisfies(r -> {
                    assertThat(r.statusCode()).isEqualTo(404);
                    assertThat(r.body().length()).isLessThan(1000);
                });
        assertThat(bench.metrics())
                .contains("cortex_request_errors_total{model=\"other\",node=\"none\"")
                .doesNotContain("coder-30b");
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/v1/chat/completions,405",
        "DELETE,/v1/models,405",
        "POST,/health,405",
        "PUT,/v1/embeddings,405",
        "GET,/v1/nothing,404",
        "POST,/v2/chat/completions,404",
        "GET,/v1/chat/completions/x,404",
        "GET,/v1/models/none,404",
        "GET,/v1/models/%ZZ,400",
        "BREW,/v1/models,405"
    })
    void pathsAndMethods(String method, String path, int status) throws Exception {
        try (RawClient client = new RawClient(bench.port())) {
            client.send(
                    method
                            + " "
                            + path
                            + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                            + "Content-Type: application/json\r\n\r\n");
            String answer = client.rest();
            assertThat(answer).startsWith("HTTP/1.1 " + status);
            error(answer.substring(answer.indexOf("\r\n\r\n") + 4));
            if (status == 405) {
                assertThat(answer).containsIgnoringCase("\r\nallow: ");
            }
        }
    }

    @Test
    void theAnswerToAnOversizedBodyArrivesThoughTheClientIsStillSending() throws Exception {
        String body = "{\"model\":\"tiny\",\"a\":\"" + "x".repeat(16 * Bench.MAX_BODY) + "\"}";
        for (int i = 0; i < 30; i++) {
            assertThat(bench.post("/v1/chat/completions", body).statusCode()).isEqualTo(413);
        }
    }

    @Test
    void oversizedBodies() throws Exception {
        HttpResponse<String> told =
                bench.post(
                        "/v1/chat/completions",
                        "{\"model\":\"tiny\",\"a\":\"" + "x".repeat(Bench.MAX_BODY) + "\"}");
        assertThat(told.statusCode()).isEqualTo(413);
        error(told.body());
        try (RawClient client = new RawClient(bench.port())) {
            client.send(
                    String.join(
                            "\r\n",
                            "POST /v1/chat/completions HTTP/1.1",
                            "Host: localhost",
                            "Content-Type: application/json",
                            "Transfer-Encoding: chunked",
                            "",
                            ""));
            String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
            try {
                for (int i = 0; i < 2 * Bench.MAX_BODY / 0x10000; i++) {
                    client.send(chunk);
                }
            } catch (java.io.IOException e) {
                // closed while sending: the answer is there
            }
            assertThat(client.until("\r\n\r\n")).startsWith("HTTP/1.1 413");
        }
        HttpResponse<String> fits =
                bench.send(
                        bench.to("/v1/chat/completions")
                                .POST(
                                        HttpRequest.BodyPublishers.ofInputStream(() ->
                                                new java.io.ByteArrayInputStream(
                                                        ("{\"model\":\"tiny\",\"a\":\""
                                                                        + "x".repeat(900_000)
                                                                        + "\"}")
                                                                .getBytes(StandardCharsets.UTF_8))))
                                .build());
        assertThat(fits.statusCode()).isEqualTo(200);
        assertThat(bench.engine.requests.getLast().body().length()).isEqualTo(900_023);
    }

    @Test
    void encodedBodies() throws Exception {
        HttpResponse<String> response =
                bench.send(
                        bench.to("/v1/chat/completions")
                                .header("Content-Encoding", "gzip")
                                .POST(HttpRequest.BodyPublishers.ofString(ASK))
                                .build());
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(error(response.body()).path("code").asString())
                .isEqualTo("request_body_encoding_invalid");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hello||",
                "GET / HTTP/1.0||",
                "POST /v1/embeddings HTTP/1.1|Host: localhost|Content-Length: -5||",
                "POST /v1/embeddings HTTP/1.1|Host: localhost|Content-Length: abc||",
                "POST /v1/embeddings HTTP/1.1|Host: [::1]|Content-Type: a/b+json|Transfer-Encoding:"
                        + " chunked||zz|",
                "GET /\u0001 HTTP/1.1|Host: localhost||",
                "\u0000\u0001\u0002\u0003||",
                "GET / HTTP/1.1|no colon here||"
            })
    void brokenHttp(String bytes) throws Exception {
        try (RawClient client = new RawClient(bench.port())) {
            client.send(bytes.replace("|", "\r\n"));
            String answer = client.until("\r\n");
            assertThat(answer).matches("(?s)HTTP/1.1 (4\\d\\d|505) .*");
        }
    }

    @Test
    void hugeHeaders() throws Exception {
        try (RawClient client = new RawClient(bench.port())) {
            client.send(
                    "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Big: "
                            + "y".repeat(40_000)
                            + "\r\n\r\n");
            assertThat(client.until("\r\n")).matches("(?s)HTTP/1.1 (400|431) .*");
        }
        try (RawClient client = new RawClient(bench.port())) {
            client.send("GET /" + "y".repeat(40_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(client.until("\r\n")).matches("(?s)HTTP/1.1 (400|414) .*");
        }
    }

    @Test
    void keysAreAskedForAndCompared() throws Exception {
        try (Bench locked = new Bench(Bench.TIMING, "secret-1", "secret-2")) {
            HttpResponse<String> none = locked.post("/v1/chat/completions", ASK);
            assertThat(none.statusCode()).isEqualTo(401);
            assertThat(error(none.body()).path("code").asString()).isEqualTo("invalid_api_key");
            assertThat(locked.get("/health").statusCode()).isEqualTo(200);
            assertThat(locked.get("/v1/models").statusCode()).isEqualTo(401);
            assertThat(locked.send(locked.to("/admin/fleet").build()).statusCode()).isEqualTo(401);
            assertThat(withHeader(locked, "Authorization", "Bearer secret")).isEqualTo(401);
            assertThat(withHeader(locked, "Authorization", "Basic secret-1")).isEqualTo(401);
            assertThat(withHeader(locked, "Authorization", "bearer secret-2")).isEqualTo(200);
            assertThat(withHeader(locked, "x-api-key", "secret-1")).isEqualTo(200);
        }
    }

    private static int withHeader(Bench locked, String name, String value) throws Exception {
        return locked.send(locked.to("/v1/models").header(name, value).build()).statusCode();
    }
}
