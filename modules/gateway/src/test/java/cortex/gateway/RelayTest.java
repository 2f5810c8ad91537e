package cortex.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// What goes well: bytes in, bytes out.
class RelayTest {
    private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    static final String ASK = "{\"model\":\"tiny\",\"messages\":[]}";
    static final String ASK_STREAM = "{\"model\":\"tiny\",\"stream\":true,\"messages\":[]}";
    static final String ROLE =
            "data:"
                    + " {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
                    + "\"content\":null}}]}\n\n";
    static final String HI =
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Grüße\"}}]}\n\n";
    static final String STOP =
            "data: {\"choices\":[{\"finish_reason\":\"stop\",\"index\":0,\"delta\":{}}],"
                    + "\"timings\":{\"cache_n\":3,\"prompt_n\":4,\"predicted_n\":2}}\n\n";
    static final String DONE = "data: [DONE]\n\n";

    @Test
    void aStreamEndsWellForAClientThatAsksNothingMore() throws Exception {
        try (Bench bench = new Bench();
                RawClient client = new RawClient(bench.port())) {
            bench.engine.script = (_, wire) -> wire.stream(ROLE, HI, STOP + DONE);
            client.send(
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                            + "Content-Type: application/json\r\n"
                            + "Content-Length: "
                            + ASK_STREAM.length()
                            + "\r\n\r\n"
                            + ASK_STREAM);
            assertThat(client.rest()).endsWith(DONE + "\r\n0\r\n\r\n");
        }
    }

    @Test
    void streamsVerbatim() throws Exception {
        try (Bench bench = new Bench()) {
            String comment = ": comment\n\n";
            String odd = comment + "event: odd\ndata: x\n\n";
            bench.engine.script =
                    (request, wire) ->
                            wire.stream(
                                    ROLE, HI.substring(0, 20), HI.substring(20) + odd, STOP + DONE);
            HttpResponse<String> response = bench.post("/v1/chat/completions", ASK_STREAM);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEqualTo(ROLE + HI + comment + STOP + DONE);
            assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream");
            assertThat(response.headers().firstValue("x-accel-buffering")).hasValue("no");
            assertThat(bench.engine.requests).hasSize(1);
            assertThat(bench.engine.requests.getFirst().body()).isEqualTo(ASK_STREAM);
            Bench.eventually("lease closed", () -> bench.fleet.openLeases.get() == 0);
            String metrics = bench.metrics();
            assertThat(metrics)
                    .contains(
                            "cortex_requests_total{endpoint=\"chat_completions\","
                                    + Bench.ROUTE
                                    + ",status=\"200\"}"
                                    + " 1.0")
                    .contains("cortex_prompt_tokens_total{model=\"tiny\",node=\"beast\"} 7.0")
                    .contains("cortex_completion_tokens_total{model=\"tiny\",node=\"beast\"} 2.0")
                    .contains(
                            "cortex_time_to_first_token_seconds_count{" + Bench.ROUTE + "}" + " 1");
        }
    }

    @Test
    void eachChunkGoesOnAtOnce() throws Exception {
        try (Bench bench = new Bench()) {
            CountDownLatch seen = new CountDownLatch(1);
            bench.engine.script =
                    (request, wire) -> {
                        wire.streamHead();
                        wire.chunk(HI);
                        seen.await();
                        wire.chunk(STOP + DONE);
                        wire.end();
                    };
            try (RawClient client = RawClient.chat(bench.port(), ASK_STREAM)) {
                client.until("}}]}\n\n");
                seen.countDown();
                assertThat(client.until("\r\n0\r\n\r\n")).contains("[DONE]");
            }
        }
    }

    @Test
    void answersWholeBodies() throws Exception {
        try (Bench bench = new Bench()) {
            String answer =
                    "{\"id\":\"x\", \"usage\":{\"prompt_tokens\":5,\"completion_tokens\":6},"
                            + "\"choices\":[{\"finish_reason\":\"stop\"}]}";
            bench.engine.script = (request, wire) -> wire.json(200, answer);
            for (String path :
                    new String[] {
                        "/v1/chat/completions",
                        "/v1/completions",
                        "/v1/embeddings",
                        "/v1/rerank",
                        "/chat/completions",
                        "/v1/v1/chat/completions?beta=true"
                    }) {
                HttpResponse<String> response = bench.post(path, ASK);
                assertThat(response.statusCode()).as(path).isEqualTo(200);
                assertThat(response.body()).isEqualTo(answer);
                assertThat(response.headers().firstValue("content-length")).isPresent();
            }
            assertThat(bench.engine.requests.get(2).line())
                    .isEqualTo("POST /v1/embeddings HTTP/1.1");
            assertThat(bench.engine.requests.get(5).line())
                    .isEqualTo("POST /v1/chat/completions HTTP/1.1");
            assertThat(bench.metrics())
                    .contains("cortex_completion_tokens_total{model=\"tiny\",node=\"beast\"} 36.0");
        }
    }

    @Test
    void relaysLargeAnswers() throws Exception {
        try (Bench bench = new Bench()) {
            String answer =
                    "{\"data\":\"" + "x".repeat(3 << 20) + "\",\"usage\":{\"prompt_tokens\":9}}";
            bench.engine.script = (request, wire) -> wire.json(200, answer);
            HttpResponse<String> response = bench.post("/v1/embeddings", ASK);
            assertThat(response.body()).isEqualTo(answer);
            assertThat(response.headers().firstValueAsLong("content-length"))
                    .hasValue(answer.length());
            assertThat(bench.metrics())
                    .contains("cortex_prompt_tokens_total{model=\"tiny\",node=\"beast\"} 9.0");
        }
    }

    @Test
    void theEngineGetsTheNameItKnowsAndNoSecrets() throws Exception {
        try (Bench bench = new Bench(Bench.TIMING, "secret", "other")) {
            bench.fleet.engineModel = "default";
            HttpRequest request =
                    bench.to("/v1/chat/completions")
                            .header("Authorization", "Bearer secret")
                            .header("X-Api-Key", "wrong")
                            .header("Cookie", "a=b")
                            .header("X-Conversation-Id", "c1")
                            .header("traceparent", TRACE)
                            .header("x-request-id", "mine-1")
                            .POST(
                                    HttpRequest.BodyPublishers.ofString(
                                            "{\"messages\":[\"little\"], \"model\" : \"little\"}"))
                            .build();
            HttpResponse<String> response = bench.send(request);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("x-request-id")).hasValue("mine-1");
            assertThat(response.headers().firstValue("request-id")).hasValue("mine-1");
            RawEngine.Received received = bench.engine.requests.getFirst();
            assertThat(received.body())
                    .isEqualTo("{\"messages\":[\"little\"], \"model\" : \"default\"}");
            assertThat(received.headers())
                    .containsEntry("traceparent", TRACE)
                    .containsEntry("x-request-id", "mine-1")
                    .containsEntry("content-type", "application/json")
                    .doesNotContainKeys(
                            "authorization", "x-api-key", "cookie", "x-conversation-id");
        }
    }

    @Test
    void aStreamingClientGetsSignsOfLifeWhileItWaits() throws Exception {
        try (Bench bench = new Bench(Bench.keepaliveAfter(Duration.ofMillis(50)))) {
            CountDownLatch ready = new CountDownLatch(1);
            CountDownLatch answer = new CountDownLatch(1);
            CountDownLatch data = new CountDownLatch(1);
            bench.fleet.ready = ready;
            bench.engine.script =
                    (request, wire) -> {
                        answer.await();
                        wire.streamHead();
                        data.await();
                        wire.chunk(HI + STOP + DONE);
                        wire.end();
                    };
            try (RawClient client = RawClient.chat(bench.port(), ASK_STREAM)) {
                String head = client.until(": keepalive");
                assertThat(head).startsWith("HTTP/1.1 200").contains("text/event-stream");
                client.until(": keepalive");
                ready.countDown();
                Bench.eventually("sent", () -> !bench.engine.requests.isEmpty());
                client.until(": keepalive");
                client.until(": keepalive");
                answer.countDown();
                client.until(": keepalive");
                client.until(": keepalive");
                data.countDown();
                assertThat(client.until("\r\n0\r\n\r\n")).contains("Gr").contains("[DONE]");
            }
            assertThat(bench.metrics())
                    .contains("cortex_cold_starts_total{model=\"tiny\",node=\"beast\"} 1.0");
        }
    }

    @Test
    void theConnectionServesTheNextRequest() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = (request, wire) -> wire.stream(HI + STOP + DONE);
            try (RawClient client = RawClient.chat(bench.port(), ASK_STREAM)) {
                client.until("\r\n0\r\n\r\n");
                client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(client.until("\"ok\"")).startsWith("HTTP/1.1 200");
            }
        }
    }
}
