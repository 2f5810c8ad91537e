package cortex.gateway;

import static cortex.gateway.RelayTest.ASK;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What surrounds a request: the paths and methods under which clients look for the API, keys and
/// versions, web pages, encoded bodies.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EdgeTest {
    private static final String PAGE = "https://app.example";
    private static final String CHAT = "/v1/chat/completions";
    private static final String MESSAGES = "/v1/messages";

    private final Bench bench = Bench.openTo(PAGE);

    @BeforeAll
    void answer() {
        bench.engine.script =
                (request, wire) -> {
                    if (request.body().contains("\"stream\":true")) {
                        wire.stream(RelayTest.HI + RelayTest.DONE);
                    } else {
                        wire.json(200, "{}");
                    }
                };
    }

    @AfterAll
    void stop() throws Exception {
        bench.close();
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private HttpResponse<String> post(String path, String encoding, byte[] body) throws Exception {
        return bench.send(
                bench.to(path)
                        .header("Content-Encoding", encoding)
                        .POST(BodyPublishers.ofByteArray(body))
                        .build());
    }

    private interface Encoder {
        OutputStream around(OutputStream out) throws IOException;
    }

    private static byte[] encoded(byte[] plain, Encoder encoder) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (OutputStream out = encoder.around(all)) {
            out.write(plain);
        }
        return all.toByteArray();
    }

    private static byte[] gzip(String text) throws IOException {
        return encoded(text.getBytes(UTF_8), GZIPOutputStream::new);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/chat/completions",
                "/chat/completions",
                "/v1/v1/chat/completions",
                "/anthropic/v1/chat/completions",
                "/v1/chat/completions/",
                "/v1/chat/completions?beta=true"
            })
    void chatGoesByManyPaths(String path) throws Exception {
        assertThat(bench.post(path, ASK).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/messages,2023-06-01",
        "/v1/messages?beta=true,2023-06-01",
        "/v1/messages,2026-10-21",
        "/messages,2026-10-21",
        "/v1/v1/messages,2023-06-01",
        "/anthropic/v1/messages,2023-06-01",
        "/anthropic/v1/messages?beta=true,2099-01-01"
    })
    void messagesGoByManyPathsAndVersions(String path, String version) throws Exception {
        String ask =
                "{\"model\":\"tiny\",\"max_tokens\":9,\"stream\":true,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
        HttpResponse<String> response =
                bench.send(
                        bench.to(path)
                                .header("anthropic-version", version)
                                .header("anthropic-beta", "unheard-of-2030-01-01")
                                .POST(BodyPublishers.ofString(ask))
                                .build());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("event: message_start");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/api/hello", "/health", "/v1/models", "/v1/models/tiny"})
    void headIsGetWithoutABody(String path) throws Exception {
        HttpResponse<String> head =
                bench.send(bench.to(path).method("HEAD", BodyPublishers.noBody()).build());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValue("content-length"))
                .isEqualTo(bench.get(path).headers().firstValue("content-length"));
    }

    @Test
    void whatClaudeCodeKnocksAtNeedsNoKey() throws Exception {
        try (Bench locked = new Bench(Bench.TIMING, "secret")) {
            for (String path : new String[] {"/", "/api/hello"}) {
                assertThat(
                                locked.send(
                                                locked.to(path)
                                                        .method("HEAD", BodyPublishers.noBody())
                                                        .build())
                                        .statusCode())
                        .isEqualTo(200);
            }
            HttpResponse<String> events = locked.post("/api/event_logging/batch", "{}");
            assertThat(events.statusCode()).isEqualTo(401);
            HttpResponse<String> both =
                    locked.send(
                            locked.to("/v1/models")
                                    .header("Authorization", "Bearer wrong")
                                    .header("x-api-key", "secret")
                                    .build());
            assertThat(both.statusCode()).isEqualTo(200);
        }
    }

    @Test
    void errorsAreInTheDialectOfWhoAsks() throws Exception {
        assertThat(bench.get("/anthropic/v1/nothing").body()).startsWith("{\"type\":\"error\"");
        assertThat(
                        bench.send(
                                        bench.to("/v1/models/none")
                                                .header("anthropic-version", "2023-06-01")
                                                .build())
                                .body())
                .contains("not_found_error");
        assertThat(bench.get("/v1/models/none").body()).contains("model_not_found");
        byte[] tooLarge = new byte[2 * Bench.MAX_BODY];
        Arrays.fill(tooLarge, (byte) ' ');
        HttpResponse<String> large = post(MESSAGES, "identity", tooLarge);
        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(large.body())
                .startsWith("{\"type\":\"error\",\"error\":{\"type\":\"request_too_large\"");
        assertThat(header(large, "request-id")).isEqualTo(header(large, "x-request-id"));
        assertThat(header(large, "x-should-retry")).isEqualTo("false");
    }

    @Test
    void aBrowserIsToldWhatItMay() throws Exception {
        HttpResponse<String> preflight =
                bench.send(
                        bench.to(MESSAGES)
                                .header("Origin", PAGE)
                                .header("Access-Control-Request-Method", "POST")
                                .header(
                                        "Access-Control-Request-Headers",
                                        "anthropic-dangerous-direct-browser-access,x-api-key,"
                                                + "x-stainless-lang")
                                .method("OPTIONS", BodyPublishers.noBody())
                                .build());
        assertThat(preflight.statusCode()).isEqualTo(204);
        assertThat(preflight.body()).isEmpty();
        assertThat(header(preflight, "access-control-allow-origin")).isEqualTo(PAGE);
        assertThat(header(preflight, "access-control-allow-methods"))
                .isEqualTo("GET, POST, OPTIONS");
        assertThat(header(preflight, "access-control-allow-headers"))
                .isEqualTo("anthropic-dangerous-direct-browser-access,x-api-key,x-stainless-lang");
        assertThat(header(preflight, "vary")).containsIgnoringCase("origin");
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/models,GET,'',200",
        "/v1/models/none,GET,'',404",
        "/v1/chat/completions,PUT,'',405",
        "/v1/chat/completions,POST,'{',400",
        "/v1/chat/completions,POST,'{\"model\":\"tiny\"}',200",
        "/v1/chat/completions,POST,'{\"model\":\"tiny\",\"stream\":true}',200"
    })
    void aPageSeesEveryAnswer(String path, String method, String body, int status)
            throws Exception {
        HttpResponse<String> response =
                bench.send(
                        bench.to(path)
                                .header("Origin", PAGE)
                                .method(method, BodyPublishers.ofString(body))
                                .build());
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(header(response, "access-control-allow-origin")).isEqualTo(PAGE);
        assertThat(header(response, "access-control-expose-headers"))
                .contains("request-id", "x-request-id", "retry-after", "x-should-retry");
    }

    @Test
    void aPageSeesThatItsBodyIsTooLarge() throws Exception {
        HttpResponse<String> large =
                bench.send(
                        bench.to(CHAT)
                                .header("Origin", PAGE)
                                .POST(BodyPublishers.ofByteArray(new byte[2 * Bench.MAX_BODY]))
                                .build());
        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(header(large, "access-control-allow-origin")).isEqualTo(PAGE);
    }

    @Test
    void otherPagesAreToldNothing() throws Exception {
        for (String origin : new String[] {"https://evil.example", "null", PAGE + ".evil"}) {
            HttpResponse<String> other =
                    bench.send(bench.to("/v1/models").header("Origin", origin).build());
            assertThat(other.statusCode()).isEqualTo(403);
            assertThat(other.body()).contains("cors_origins in [gateway]");
            assertThat(header(other, "access-control-allow-origin")).as(origin).isEmpty();
        }
        HttpResponse<String> admin =
                bench.send(bench.to("/admin/fleet").header("Origin", PAGE).build());
        assertThat(header(admin, "access-control-allow-origin")).isEmpty();
        try (Bench closed = new Bench()) {
            HttpResponse<String> page =
                    closed.send(closed.to("/v1/models").header("Origin", PAGE).build());
            assertThat(header(page, "access-control-allow-origin")).isEmpty();
            assertThat(header(page, "vary")).isEmpty();
        }
        try (Bench open = Bench.openTo("*")) {
            HttpResponse<String> page =
                    open.send(open.to("/v1/models").header("Origin", PAGE).build());
            assertThat(header(page, "access-control-allow-origin")).isEqualTo(PAGE);
        }
    }

    @Test
    void encodedBodiesAreDecoded() throws Exception {
        byte[] plain = ASK.getBytes(UTF_8);
        byte[] first = encoded(Arrays.copyOf(plain, 9), GZIPOutputStream::new);
        byte[] second = gzip(ASK.substring(9));
        byte[] members = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, members, first.length, second.length);
        assertThat(post(CHAT, "gzip", gzip(ASK)).statusCode()).isEqualTo(200);
        assertThat(post(CHAT, "x-gzip", gzip(ASK)).statusCode()).isEqualTo(200);
        assertThat(post(CHAT, "gzip", members).statusCode()).isEqualTo(200);
        assertThat(post(CHAT, "identity", plain).statusCode()).isEqualTo(200);
        assertThat(post(CHAT, "deflate", encoded(plain, DeflaterOutputStream::new)).statusCode())
                .isEqualTo(200);
        var asked =
                bench.engine.requests.subList(
                        bench.engine.requests.size() - 5, bench.engine.requests.size());
        assertThat(asked)
                .allSatisfy(request -> {
                    assertThat(request.body()).isEqualTo(ASK);
                    assertThat(request.headers()).doesNotContainKey("content-encoding");
                });
    }

    @Test
    void aBodyThatFitsOnlyEncodedIsTooLarge() throws Exception {
        int seen = bench.engine.requests.size();
        byte[] bomb =
                gzip("{\"model\":\"tiny\",\"a\":\"" + "x".repeat(100 * Bench.MAX_BODY) + "\"}");
        assertThat(bomb.length).isLessThan(Bench.MAX_BODY);
        HttpResponse<String> chat = post(CHAT, "gzip", bomb);
        assertThat(chat.statusCode()).isEqualTo(413);
        assertThat(chat.body()).contains("request_body_too_large_after_decoding");
        HttpResponse<String> messages = post(MESSAGES, "gzip", bomb);
        assertThat(messages.statusCode()).isEqualTo(413);
        assertThat(messages.body())
                .contains("\"error_code\":\"request_body_too_large_after_decoding\"");
        assertThat(bench.engine.requests).hasSize(seen);
        String fits = "{\"model\":\"tiny\",\"a\":\"" + "x".repeat(Bench.MAX_BODY - 100) + "\"}";
        assertThat(post(CHAT, "gzip", gzip(fits)).statusCode()).isEqualTo(200);
        assertThat(bench.engine.requests.getLast().body()).isEqualTo(fits);
    }

    @ParameterizedTest
    @ValueSource(strings = {"br", "zstd", "gzip, gzip", "compress"})
    void otherEncodingsAreNamed(String encoding) throws Exception {
        for (String path : new String[] {CHAT, MESSAGES}) {
            HttpResponse<String> response = post(path, encoding, ASK.getBytes(UTF_8));
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body())
                    .contains("request_body_encoding_unsupported")
                    .contains("gzip");
            assertThat(response.body().startsWith("{\"type\":\"error\""))
                    .isEqualTo(path.equals(MESSAGES));
        }
    }

    @Test
    void whatIsNotWhatItSaysIsRefused() throws Exception {
        byte[] whole = gzip(ASK);
        byte[] cut = Arrays.copyOf(whole, whole.length - 6);
        byte[] broken = whole.clone();
        broken[whole.length / 2] ^= 0x55;
        for (byte[] body : new byte[][] {ASK.getBytes(UTF_8), cut, broken}) {
            HttpResponse<String> response = post(CHAT, "gzip", body);
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("request_body_encoding_invalid");
        }
        assertThat(post(CHAT, "deflate", whole).statusCode()).isEqualTo(400);
        assertThat(post(CHAT, "gzip", gzip(ASK)).statusCode()).isEqualTo(200);
    }
}
