package cortex.gateway;

import static cortex.gateway.RelayTest.ASK;
import static cortex.gateway.RelayTest.ASK_STREAM;
import static cortex.gateway.RelayTest.DONE;
import static cortex.gateway.RelayTest.HI;
import static cortex.gateway.RelayTest.STOP;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.gateway.config.AdmissionConfig;
import cortex.gateway.config.TimeoutsConfig;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Limits on what is under way, seen from outside.
class AdmissionLimitsTest {
    private static AdmissionConfig limits(int all, int perClient, int waiting) {
        return new AdmissionConfig(all, 0, perClient, waiting);
    }

    /// An engine that streams at once, and gives whole answers once `go` is down.
    private static void hold(Bench bench, CountDownLatch go) {
        bench.engine.script =
                (request, wire) -> {
                    if (request.body().contains("\"stream\":true")) {
                        wire.stream(HI + STOP + DONE);
                        return;
                    }
                    if (!go.await(5, TimeUnit.SECONDS)) {
                        throw new AssertionError("held for too long");
                    }
                    wire.json(200, "{}");
                };
    }

    /// A request that is held at the engine.
    private static RawClient held(Bench bench, CountDownLatch go) throws Exception {
        hold(bench, go);
        RawClient client = RawClient.chat(bench.port(), ASK);
        Bench.eventually("at the engine", () -> bench.engine.requests.size() == 1);
        return client;
    }

    private static void shows(Bench bench, String line) throws Exception {
        Bench.eventually(line, () -> metrics(bench).contains(line));
    }

    private static String metrics(Bench bench) {
        try {
            return bench.metrics();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void overTheLimitIsRefusedInTheClientsDialect() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Bench bench = new Bench(limits(1, 0, 0));
                RawClient first = held(bench, go)) {
            HttpResponse<String> refused = bench.post("/v1/chat/completions", ASK);
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("retry-after")).hasValue("2");
            assertThat(refused.body())
                    .contains("\"type\":\"rate_limit_error\"")
                    .contains("send fewer at once");
            HttpResponse<String> message =
                    bench.post(
                            "/v1/messages",
                            "{\"model\":\"tiny\",\"max_tokens\":1,\"messages\":"
                                    + "[{\"role\":\"user\",\"content\":\"hi\"}]}");
            assertThat(message.statusCode()).isEqualTo(429);
            assertThat(message.body()).startsWith("{\"type\":\"error\"").contains("rate_limit");
            go.countDown();
            assertThat(first.until("{}")).contains("200");
            Bench.eventually("lease closed", () -> bench.fleet.openLeases.get() == 0);
            assertThat(bench.fleet.asked).hasValue(1);
            shows(bench, "cortex_rejections_total{model=\"tiny\",reason=\"queue\"} 2.0");
            shows(bench, "cortex_model_in_flight{model=\"tiny\"} 0.0");
        }
    }

    @Test
    void aStreamIsKeptAliveWhileItWaitsForAPlace() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        TimeoutsConfig timing = Bench.keepaliveAfter(Duration.ofMillis(50));
        try (Bench bench = new Bench(timing, limits(1, 0, 5), List.of(), List.of());
                RawClient first = held(bench, go)) {
            try (RawClient second = RawClient.chat(bench.port(), ASK_STREAM)) {
                second.until(": keepalive");
                assertThat(bench.metrics())
                        .contains("cortex_requests_queued{model=\"tiny\"} 1.0")
                        .contains("cortex_model_in_flight{model=\"tiny\"} 1.0");
                go.countDown();
                first.until("{}");
                assertThat(second.until("[DONE]")).contains("Gr");
            }
        }
    }

    @Test
    void whoLeavesTheQueueIsForgotten() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Bench bench = new Bench(limits(1, 0, 1));
                RawClient first = held(bench, go)) {
            for (int i = 0; i < 20; i++) {
                try (RawClient _ = RawClient.chat(bench.port(), ASK)) {
                    Bench.eventually("queued", () -> queued(bench) == 1);
                }
                Bench.eventually("gone", () -> queued(bench) == 0);
            }
            go.countDown();
            first.until("{}");
            assertThat(bench.post("/v1/chat/completions", ASK).statusCode()).isEqualTo(200);
            assertThat(bench.engine.requests).hasSize(2);
        }
    }

    private static int queued(Bench bench) {
        String line =
                metrics(bench)
                        .lines()
                        .filter(l -> l.startsWith("cortex_requests_queued{model=\"tiny\"}"))
                        .findFirst()
                        .orElseThrow();
        return (int) Double.parseDouble(line.substring(line.indexOf(' ')));
    }

    @Test
    void clientsAreKnownByTheirKeysAndNotByThem() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Bench bench =
                        new Bench(
                                Bench.TIMING,
                                limits(0, 1, 5),
                                List.of("secret-a", "secret-b"),
                                List.of());
                RawClient first = new RawClient(bench.port())) {
            hold(bench, go);
            first.send(
                    "POST /v1/chat/completions HTTP/1.1\r\n"
                            + "Host: localhost\r\n"
                            + "x-api-key: secret-a\r\n"
                            + "Content-Type: application/json\r\n"
                            + "Content-Length: "
                            + ASK.length()
                            + "\r\n\r\n"
                            + ASK);
            Bench.eventually("at the engine", () -> bench.engine.requests.size() == 1);
            HttpResponse<String> same = chat(bench, "secret-a");
            assertThat(same.statusCode()).isEqualTo(429);
            assertThat(same.body()).contains("as many as one client may have");
            go.countDown();
            assertThat(chat(bench, "secret-b").statusCode()).isEqualTo(200);
            first.until("{}");
            assertThat(bench.fleet.askers).hasSize(2);
            assertThat(bench.fleet.askers)
                    .extracting(asker -> asker.client())
                    .allMatch(name -> name.matches("key-[0-9a-f]{8}"))
                    .doesNotHaveDuplicates();
            assertThat(bench.metrics()).doesNotContain("secret").doesNotContain("key-");
        }
    }

    private static HttpResponse<String> chat(Bench bench, String key) throws Exception {
        return bench.send(
                bench.to("/v1/chat/completions")
                        .header("Authorization", "Bearer " + key)
                        .POST(HttpRequest.BodyPublishers.ofString(ASK))
                        .build());
    }

    @Test
    void withoutKeysAClientIsAnAddressAndAConversationItsHeaderOrItsBeginning() throws Exception {
        try (Bench bench = new Bench()) {
            String turns =
                    "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}";
            bench.post("/v1/chat/completions", turns.formatted("hi"));
            bench.post("/v1/chat/completions", turns.formatted("hi").replace("]}", ",{}]}"));
            bench.post("/v1/chat/completions", turns.formatted("other"));
            bench.post("/v1/embeddings", "{\"model\":\"tiny\",\"input\":\"hi\"}");
            bench.send(session(bench, turns.formatted("x")));
            bench.send(session(bench, turns.formatted("y")));
            List<Long> conversations =
                    bench.fleet.askers.stream().map(asker -> asker.affinity()).toList();
            assertThat(conversations.get(0)).isNotZero().isEqualTo(conversations.get(1));
            assertThat(conversations.get(2)).isNotZero().isNotEqualTo(conversations.get(0));
            assertThat(conversations.get(3)).isZero();
            assertThat(conversations.get(4)).isNotZero().isEqualTo(conversations.get(5));
            assertThat(bench.fleet.askers)
                    .extracting(asker -> asker.client())
                    .containsOnly("127.0.0.1");
        }
    }

    private static HttpRequest session(Bench bench, String body) {
        return bench.to("/v1/chat/completions")
                .header("x-claude-code-session-id", "3f2a")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    /// Two thousand prompts are no one request: they have all places there are, not one of them.
    @Test
    void aRequestForManyAnswersCountsAsMany() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        String prompts = "\"p\",".repeat(63) + "\"p\"";
        for (String body :
                List.of(
                        "{\"model\":\"tiny\",\"prompt\":[" + prompts + "]}",
                        "{\"model\":\"tiny\",\"prompt\":\"p\",\"n\":4}")) {
            try (Bench bench = new Bench(limits(4, 0, 10))) {
                hold(bench, go);
                try (RawClient _ = RawClient.post(bench.port(), "/v1/completions", body)) {
                    shows(bench, "cortex_model_in_flight{model=\"tiny\"} 4.0");
                }
            }
        }
        go.countDown();
    }
}
