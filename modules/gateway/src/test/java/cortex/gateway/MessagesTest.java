package cortex.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.engine.EngineApi;
import cortex.core.engine.EngineTraits;
import cortex.core.engine.TemplateTraits;
import cortex.gateway.fleet.FleetSnapshot;
import cortex.gateway.fleet.view.KnownModel;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// Anthropic Messages over an engine that speaks chat completions.
class MessagesTest {
    private static final String ASK =
            "{\"model\":\"tiny\",\"max_tokens\":64,\"system\":\"S\","
                    + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final String ASK_STREAM =
            ASK.replace("\"max_tokens\"", "\"stream\":true,\"max_tokens\"");

    private static HttpResponse<String> ask(Bench bench, String body) throws Exception {
        return bench.post("/v1/messages?beta=true", body);
    }

    @Test
    void streams() throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.engineModel = "engine-name";
            bench.engine.script = Answers.IN_PIECES;
            HttpResponse<String> response = ask(bench, ASK_STREAM);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("content-type"))
                    .hasValue("text/event-stream; charset=utf-8");
            assertThat(response.headers().firstValue("request-id")).isPresent();
            assertThat(response.body())
                    .startsWith("event: message_start\ndata: {\"type\":\"message_start\"")
                    .contains("\"model\":\"tiny\"")
                    .contains("{\"type\":\"text_delta\",\"text\":\"Grüße\"}")
                    .contains("\"stop_reason\":\"end_turn\"")
                    .contains("\"usage\":{\"input_tokens\":4,\"output_tokens\":2,")
                    .endsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
            assertThat(bench.engine.requests.getFirst().line())
                    .isEqualTo("POST /v1/chat/completions HTTP/1.1");
            assertThat(bench.engine.requests.getFirst().body())
                    .startsWith("{\"model\":\"engine-name\",")
                    .contains("{\"role\":\"system\",\"content\":\"S\"}")
                    .contains("\"include_usage\":true");
            Bench.eventually("lease closed", () -> bench.fleet.openLeases.get() == 0);
            assertThat(bench.metrics())
                    .contains("endpoint=\"messages\",model=\"tiny\",node=\"beast\",status=\"200\"")
                    .contains("cortex_prompt_tokens_total{model=\"tiny\",node=\"beast\"} 7.0");
        }
    }

    @Test
    void gathersAWholeAnswer() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = Answers.WHOLE;
            assertThat(ask(bench, ASK).body())
                    .contains("\"content\":[{\"type\":\"text\",\"text\":\"Grüße\"}]")
                    .contains("\"stop_reason\":\"end_turn\"");
        }
    }

    @Test
    void anEarlyErrorHasItsStatusAndEnvelope() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script =
                    (_, wire) -> wire.stream(": hi\n\n", Answers.ERROR + RelayTest.DONE);
            HttpResponse<String> response = ask(bench, ASK_STREAM);
            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(response.body())
                    .startsWith(
                            "{\"type\":\"error\",\"error\":{\"type\":\"api_error\","
                                    + "\"message\":\"broke\"},\"request_id\":\"");
        }
    }

    @Test
    void aLateErrorIsAnEvent() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = (_, wire) -> wire.stream(RelayTest.HI, Answers.ERROR);
            try (RawClient client = RawClient.post(bench.port(), "/v1/messages", ASK_STREAM)) {
                String all = client.rest();
                assertThat(all)
                        .contains("event: error\ndata: {\"type\":\"error\",")
                        .contains("\"message\":\"broke\"")
                        .doesNotContain("message_stop");
                assertThat(all.split("event: error", -1)).hasSize(2);
            }
        }
    }

    @Test
    void anEngineThatDiesInMidAnswerIsAnErrorEvent() throws Exception {
        try (Bench bench = new Bench()) {
            CountDownLatch seen = new CountDownLatch(1);
            bench.engine.script = Answers.dying(seen);
            try (RawClient client = RawClient.post(bench.port(), "/v1/messages", ASK_STREAM)) {
                client.until("text_delta");
                seen.countDown();
                assertThat(client.rest())
                        .contains("event: error\ndata: {\"type\":\"error\",")
                        .doesNotContain("message_stop");
            }
        }
    }

    @Test
    void aWaitingClientGetsAMessageThatBeginsAndPings() throws Exception {
        try (Bench bench = new Bench(Bench.keepaliveAfter(Duration.ofMillis(50)))) {
            CountDownLatch ready = new CountDownLatch(1);
            CountDownLatch more = new CountDownLatch(1);
            bench.fleet.ready = ready;
            bench.engine.script = Answers.pausing(more);
            try (RawClient client = RawClient.post(bench.port(), "/v1/messages", ASK_STREAM)) {
                assertThat(client.until("event: ping")).contains("event: message_start");
                client.until("event: ping");
                ready.countDown();
                assertThat(client.until("text_delta")).doesNotContain("message_start");
                client.until("event: ping");
                more.countDown();
                client.until("\r\n0\r\n\r\n");
            }
        }
    }

    /// Claude Code counts only so many pings in a row.
    @Test
    void pingsInARowAreFurtherApart() throws Exception {
        Duration keepalive = Duration.ofMillis(50);
        try (Bench bench = new Bench(Bench.keepaliveAfter(keepalive))) {
            bench.fleet.ready = new CountDownLatch(1);
            long begun = System.nanoTime();
            try (RawClient client = RawClient.post(bench.port(), "/v1/messages", ASK_STREAM)) {
                client.until("event: ping");
                client.until("event: ping");
                client.until("event: ping");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isGreaterThan(keepalive.multipliedBy(8));
        }
    }

    @Test
    void anAnswerWithoutCountsEndsSoon() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script =
                    (_, wire) -> {
                        wire.streamHead();
                        wire.chunk(RelayTest.HI + Answers.FINISH);
                        wire.untilHungUp();
                    };
            assertThat(ask(bench, ASK_STREAM).body()).contains("message_stop");
            bench.engine.awaitHangUp();
        }
    }

    @Test
    void refusalsAreInAnthropicsEnvelope() throws Exception {
        try (Bench bench = new Bench()) {
            for (String body :
                    new String[] {
                        "", "{", "[]", "{\"model\":\"tiny\"}", "{\"model\":\"tiny\",\"messages\":5}"
                    }) {
                HttpResponse<String> bad = ask(bench, body);
                assertThat(bad.statusCode()).isEqualTo(400);
                assertThat(bad.body())
                        .startsWith("{\"type\":\"error\",\"error\":{\"type\":\"invalid_request");
            }
            HttpResponse<String> unknown = ask(bench, ASK.replace("tiny", "none"));
            assertThat(unknown.statusCode()).isEqualTo(404);
            assertThat(unknown.body()).contains("not_found_error").contains("model: none");
            assertThat(bench.get("/v1/messages").statusCode()).isEqualTo(405);
            assertThat(bench.engine.requests).isEmpty();
        }
    }

    @Test
    void everyWayToShowAKeyAndEveryVersion() throws Exception {
        try (Bench bench = new Bench(Bench.TIMING, "k1")) {
            bench.engine.script = Answers.WHOLE;
            List<List<String>> keys =
                    List.of(
                            List.of("authorization", "Bearer k1"),
                            List.of("x-api-key", "k1"),
                            List.of("authorization", "Bearer wrong", "x-api-key", "k1"),
                            List.of("authorization", "Bearer k1", "x-api-key", "wrong"));
            for (List<String> key : keys) {
                for (String version : new String[] {"2023-06-01", "2026-10-21"}) {
                    var request =
                            bench.to("/v1/messages?beta=true")
                                    .headers(key.toArray(String[]::new))
                                    .header("anthropic-version", version)
                                    .header("anthropic-beta", "whatever-2099-01-01")
                                    .POST(HttpRequest.BodyPublishers.ofString(ASK));
                    assertThat(bench.send(request.build()).statusCode())
                            .as("%s", key)
                            .isEqualTo(200);
                }
            }
        }
    }

    @Test
    void countsTokensWithALoadedEngine() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = (_, wire) -> wire.json(200, "{\"input_tokens\":23}");
            HttpResponse<String> guess = bench.post("/v1/messages/count_tokens", ASK);
            assertThat(guess.body()).matches("\\{\"input_tokens\":\\d+}");
            assertThat(guess.headers().firstValue("x-cortex-token-count")).hasValue("estimate");
            assertThat(bench.engine.requests).isEmpty();
            bench.fleet.loaded(0);
            HttpResponse<String> exact = bench.post("/v1/messages/count_tokens", ASK);
            assertThat(exact.body()).isEqualTo("{\"input_tokens\":23}");
            assertThat(exact.headers().firstValue("x-cortex-token-count")).isEmpty();
            assertThat(bench.engine.requests.getFirst().line())
                    .contains("/v1/chat/completions/input_tokens");
            assertThat(bench.post("/v1/messages/count_tokens", ASK).body())
                    .isEqualTo("{\"input_tokens\":23}");
            assertThat(bench.engine.requests).as("counted once").hasSize(1);
            bench.post("/v1/messages/count_tokens", ASK.replace("hi", "ho"));
            assertThat(bench.engine.requests).hasSize(2);
        }
    }

    private static FleetSnapshot seen(EngineTraits traits) {
        return new FleetSnapshot(
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                Map.of("tiny", new KnownModel(1, 4096, traits)));
    }

    @Test
    void whatTheEngineGivesAwayShapesTheRequest() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = Answers.WHOLE;
            bench.fleet.snapshot =
                    seen(
                            new EngineTraits(
                                    EngineApi.LLAMA_SERVER.word(),
                                    new EngineTraits.Abilities(
                                            true, false, null, true, false, false),
                                    new TemplateTraits(true, true, false, true, true)));
            String history =
                    "{\"model\":\"tiny\",\"max_tokens\":64,\"thinking\":{\"type\":\"disabled\"},"
                            + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},"
                            + "{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\","
                            + "\"id\":\"toolu_1\",\"name\":\"f\",\"input\":{}}]},"
                            + "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
                            + "\"tool_use_id\":\"toolu_1\",\"content\":\"R\"},"
                            + "{\"type\":\"text\",\"text\":\"and?\"}]}]}";
            assertThat(ask(bench, history).statusCode()).isEqualTo(200);
            assertThat(bench.engine.requests.getFirst().body())
                    .contains("\"enable_thinking\":false")
                    .contains("\"content\":\"R\\n\\nand?\"")
                    .doesNotContain("toolu_1");
        }
    }

    @Test
    void whatAColdModelTurnsOutToBeCounts() throws Exception {
        try (Bench bench = new Bench()) {
            CountDownLatch ready = new CountDownLatch(1);
            bench.fleet.ready = ready;
            bench.engine.script = Answers.WHOLE;
            String image =
                    ASK.replace(
                            "\"content\":\"hi\"",
                            "\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\","
                                    + "\"media_type\":\"image/png\",\"data\":\"AAAA\"}}]");
            try (RawClient client = RawClient.post(bench.port(), "/v1/messages", image)) {
                Bench.eventually("asked for a replica", () -> bench.fleet.asked.get() == 1);
                bench.fleet.snapshot =
                        seen(
                                new EngineTraits(
                                        EngineApi.LLAMA_SERVER.word(),
                                        new EngineTraits.Abilities(
                                                true, false, null, false, false, false),
                                        null));
                ready.countDown();
                assertThat(client.until("request_id"))
                        .startsWith("HTTP/1.1 400")
                        .contains("model has no vision");
            }
            assertThat(bench.engine.requests).isEmpty();
            Bench.eventually("lease closed", () -> bench.fleet.openLeases.get() == 0);
        }
    }
}
