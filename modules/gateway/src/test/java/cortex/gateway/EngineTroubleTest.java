package cortex.gateway;

import static cortex.gateway.RelayTest.ASK;
import static cortex.gateway.RelayTest.ASK_STREAM;
import static cortex.gateway.RelayTest.DONE;
import static cortex.gateway.RelayTest.HI;
import static cortex.gateway.RelayTest.ROLE;
import static cortex.gateway.RelayTest.STOP;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.failure.Failure;
import cortex.gateway.config.TimeoutsConfig;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Engines that fail, before the first byte and after it.
class EngineTroubleTest {
    @Test
    void aDeadEngineIsReplacedOnceBeforeTheFirstByte() throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.endpoints.addFirst(URI.create("http://127.0.0.1:1"));
            bench.engine.script = (request, wire) -> wire.stream(HI + STOP + DONE);
            HttpResponse<String> response = bench.post("/v1/chat/completions", ASK_STREAM);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEqualTo(HI + STOP + DONE);
            assertThat(bench.fleet.gone).hasSize(1);
            assertThat(bench.fleet.asked).hasValue(2);
            assertThat(bench.metrics())
                    .contains("cortex_upstream_retries_total{model=\"tiny\",node=\"beast\"} 1.0");
            Bench.eventually("leases closed", () -> bench.fleet.openLeases.get() == 0);
        }
    }

    @Test
    void anAnswerHasATypeFromTheListAndIsNeverGuessed() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = (request, wire) -> wire.typed(200, "text/html", "<script>");
            HttpResponse<String> html = bench.post("/v1/chat/completions", ASK);
            assertThat(html.headers().firstValue("content-type"))
                    .hasValue("application/octet-stream");
            for (HttpResponse<String> answer :
                    List.of(html, bench.get("/v1/models"), bench.get("/nowhere"))) {
                assertThat(answer.headers().allValues("x-content-type-options"))
                        .containsExactly("nosniff");
            }
        }
    }

    @Test
    void twoDeadEnginesAreEnough() throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.endpoints.set(0, URI.create("http://127.0.0.1:1"));
            HttpResponse<String> response = bench.post("/v1/chat/completions", ASK);
            assertThat(response.statusCode()).isEqualTo(502);
            assertThat(response.body()).contains("\"code\":\"engine_gone\"");
            assertThat(bench.fleet.asked).hasValue(2);
            assertThat(bench.fleet.gone).hasSize(2);
        }
    }

    @Test
    void anEngineThatDiesInAWholeAnswerIsReplaced() throws Exception {
        try (Bench bench = new Bench()) {
            AtomicInteger tries = new AtomicInteger();
            bench.engine.script =
                    (request, wire) -> {
                        if (tries.getAndIncrement() == 0) {
                            wire.raw(
                                    String.join(
                                            "\r\n",
                                            "HTTP/1.1 200 OK",
                                            "Content-Type: application/json",
                                            "Content-Length: 100",
                                            "",
                                            "{\"half\":"));
                            wire.die();
                        }
                        wire.json(200, "{\"whole\":true}");
                    };
            HttpResponse<String> response = bench.post("/v1/chat/completions", ASK);
            assertThat(response.body()).isEqualTo("{\"whole\":true}");
            assertThat(bench.fleet.gone).hasSize(1);
        }
    }

    @Test
    void deathAfterTheFirstByteIsAnErrorEventAndNoCleanEnd() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        try (Bench bench = new Bench()) {
            bench.engine.script =
                    (request, wire) -> {
                        wire.streamHead();
                        wire.chunk(ROLE + HI);
                        wire.chunk("data: {\"choices\":[{\"ind");
                        // What a reset overtakes is lost, and the request would be tried again.
                        seen.await();
                        wire.die();
                    };
            try (RawClient client = RawClient.chat(bench.port(), ASK_STREAM)) {
                String all = client.until("Gr");
                seen.countDown();
                all += client.rest();
                assertThat(all)
                        .doesNotContain("{\"ind\r\n")
                        .contains("data: {\"error\":{\"message\":\"The engine of 'tiny'")
                        .contains("\"code\":\"engine_gone\"")
                        .doesNotContain("[DONE]")
                        .doesNotContain("\r\n0\r\n");
            }
            assertThat(bench.fleet.asked).hasValue(1);
            assertThat(bench.metrics())
                    .contains(
                            "cortex_request_errors_total{"
                                    + Bench.ROUTE
                                    + ",type=\"engine_gone\"}"
                                    + " 1.0");
        }
    }

    @Test
    void anEndWithoutFinishingIsNoCleanEnd() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = (request, wire) -> wire.stream(ROLE, HI);
            try (RawClient client = RawClient.chat(bench.port(), ASK_STREAM)) {
                assertThat(client.rest())
                        .contains("ended without finishing")
                        .doesNotContain("\r\n0\r\n");
            }
        }
    }

    @Test
    void anErrorEventIsTheEndThoughTheEngineGoesOn() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script =
                    (request, wire) -> {
                        wire.streamHead();
                        wire.chunk(ROLE + HI + "data: {\"error\":{\"message\":\"no more\"}}\n\n");
                        wire.untilHungUp();
                    };
            try (RawClient client = RawClient.chat(bench.port(), ASK_STREAM)) {
                assertThat(client.rest()).contains("Gr", "error").doesNotContain("\r\n0\r\n");
            }
            bench.engine.awaitHangUp();
        }
    }

    @Test
    void aCompleteStreamIsTheEndThoughTheEngineHoldsOn() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script =
                    (request, wire) -> {
                        wire.streamHead();
                        wire.chunk(HI + STOP + DONE.stripTrailing() + "\n");
                        wire.chunk("\n");
                        wire.untilHungUp();
                    };
            HttpResponse<String> response = bench.post("/v1/chat/completions", ASK_STREAM);
            assertThat(response.body()).isEqualTo(HI + STOP + DONE);
            bench.engine.awaitHangUp();
            Bench.eventually("leases closed", () -> bench.fleet.openLeases.get() == 0);
        }
    }

    @Test
    void anErrorAsTheFirstEventBecomesAnHttpError() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script =
                    (request, wire) ->
                            wire.stream(
                                    ":\n\n",
                                    "data: {\"error\":{\"message\":\"Prompt sequence length is"
                                        + " greater than 4096\",\"type\":\"server_error\"}}\n\n",
                                    DONE);
            HttpResponse<String> response = bench.post("/v1/chat/completions", ASK_STREAM);
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("context_length_exceeded");
            assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
        }
    }

    @Test
    void anErrorInTheMiddleIsPutInTheEnvelopeAndTheConnectionCut() throws Exception {
        try (Bench bench = new Bench()) {
            String error = "data: {\"error\":{\"message\":\"boom\",\"code\":500}}\n\n";
            bench.engine.script = (request, wire) -> wire.stream(ROLE, HI, error, DONE);
            try (RawClient client = RawClient.chat(bench.port(), ASK_STREAM)) {
                String all = client.rest();
                assertThat(all)
                        .contains(
                                "data: {\"error\":{\"message\":\"boom\",\"type\":\"server_error\","
                                        + "\"param\":null,\"code\":null}}\n\n")
                        .doesNotContain("\r\n0\r\n");
                assertThat(all.split("\"error\"", -1)).hasSize(2);
            }
        }
    }

    @Test
    void refusalsGetTheRightStatusAndEnvelope() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script =
                    (request, wire) ->
                            wire.json(422, "{\"message\":\"temperature must be positive\"}");
            HttpResponse<String> validation = bench.post("/v1/chat/completions", ASK_STREAM);
            assertThat(validation.statusCode()).isEqualTo(400);
            assertThat(validation.body())
                    .isEqualTo(
                            "{\"error\":{\"message\":\"temperature must be positive\","
                                    + "\"type\":\"invalid_request_error\","
                                    + "\"param\":null,\"code\":null}}");
            bench.engine.script = (request, wire) -> wire.typed(500, "text/plain", "it broke");
            HttpResponse<String> broken = bench.post("/v1/chat/completions", ASK);
            assertThat(broken.statusCode()).isEqualTo(500);
            assertThat(broken.body()).contains("it broke").contains("server_error");
            assertThat(broken.headers().firstValue("x-should-retry")).hasValue("false");
            assertThat(bench.fleet.gone).isEmpty();
        }
    }

    @Test
    void aNeuronWhoseReplicaIsGoneIsAskedAgainThroughTheFleet() throws Exception {
        try (Bench bench = new Bench()) {
            AtomicInteger tries = new AtomicInteger();
            bench.engine.script =
                    (request, wire) -> {
                        if (tries.getAndIncrement() == 0) {
                            wire.json(
                                    502,
                                    "{\"error\":{\"message\":\"x\",\"code\":\"engine_gone\"}}");
                        } else {
                            wire.json(200, "{}");
                        }
                    };
            assertThat(bench.post("/v1/chat/completions", ASK).statusCode()).isEqualTo(200);
            assertThat(bench.fleet.gone).hasSize(1);
        }
    }

    @Test
    void aSilentEngineIsGivenUpAfterTheIdleTime() throws Exception {
        var impatient =
                new TimeoutsConfig(
                        Duration.ofMillis(100),
                        Duration.ofMillis(300),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(2));
        try (Bench bench = new Bench(impatient)) {
            bench.engine.script =
                    (request, wire) -> {
                        wire.streamHead();
                        wire.chunk(HI);
                        wire.untilHungUp();
                    };
            try (RawClient client = RawClient.chat(bench.port(), ASK_STREAM)) {
                assertThat(client.rest()).contains("engine_silent").doesNotContain("\r\n0\r\n");
            }
            bench.engine.awaitHangUp();
            bench.engine.script = (request, wire) -> wire.untilHungUp();
            try (RawClient client = RawClient.chat(bench.port(), ASK_STREAM)) {
                assertThat(client.rest())
                        .startsWith("HTTP/1.1 200")
                        .contains(": keepalive")
                        .contains("data: {\"error\"")
                        .contains("engine_silent");
            }
            bench.engine.awaitHangUp();
        }
    }

    @Test
    void aFullQueueSaysWhenToComeBackInWholeSeconds() throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.refusal =
                    new Failure.Overloaded("The queue is full.", Duration.ofMillis(2500));
            String messages =
                    "{\"model\":\"tiny\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",";
            List<List<String>> asks =
                    List.of(
                            List.of("/v1/chat/completions", ASK_STREAM),
                            List.of("/v1/messages", messages + "\"content\":\"x\"}]}"),
                            List.of("/v1/responses", "{\"model\":\"tiny\",\"input\":\"x\"}"));
            for (List<String> ask : asks) {
                HttpResponse<String> response = bench.post(ask.getFirst(), ask.getLast());
                assertThat(response.statusCode()).isEqualTo(429);
                assertThat(response.headers().firstValue("retry-after")).hasValue("3");
                assertThat(response.body()).contains("rate_limit_error");
            }
        }
    }

    private static TimeoutsConfig impatient() {
        return new TimeoutsConfig(
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ofMillis(200),
                Duration.ofSeconds(5),
                Duration.ofSeconds(2),
                Duration.ofSeconds(2));
    }

    @Test
    void whoWaitsTooLongForALoadIsToldToComeBack() throws Exception {
        try (Bench bench = new Bench(impatient())) {
            bench.fleet.ready = new CountDownLatch(1);
            HttpResponse<String> response = bench.post("/v1/chat/completions", ASK);
            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.body()).contains("model_loading").contains("beast");
            assertThat(response.headers().firstValue("retry-after")).hasValue("5");
            assertThat(bench.fleet.leftQueue).hasValue(1);
        }
    }

    @Test
    void whoeverSaysHowLongItWaitsIsToldInTime() throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.ready = new CountDownLatch(1);
            bench.fleet.eta = Duration.ofMillis(42_500);
            HttpResponse<String> response =
                    bench.send(
                            bench.to("/v1/chat/completions")
                                    .header("x-stainless-timeout", "1")
                                    .POST(HttpRequest.BodyPublishers.ofString(ASK))
                                    .build());
            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.headers().firstValue("retry-after")).hasValue("43");
            assertThat(response.body())
                    .contains("\"loading\":{\"state\":\"loading\"")
                    .contains("\"node\":\"beast\",\"eta_s\":43}");
            HttpResponse<String> message =
                    bench.send(
                            bench.to("/v1/messages")
                                    .header("x-request-timeout", "0.5")
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    "{\"model\":\"tiny\",\"max_tokens\":1,"
                                                            + "\"messages\":[{\"role\":\"user\","
                                                            + "\"content\":\"hi\"}]}"))
                                    .build());
            assertThat(message.statusCode()).isEqualTo(503);
            assertThat(message.body()).contains("overloaded_error").contains("\"eta_s\":43");
            Bench.eventually("left", () -> bench.fleet.leftQueue.get() == 2);
        }
    }
}
