package cortex.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// OpenAI Responses over an engine that speaks chat completions.
class ResponsesTest {
    private static final String PATH = "/v1/responses";
    private static final String ASK =
            "{\"model\":\"tiny\",\"instructions\":\"S\",\"input\":\"hi\",\"store\":false}";
    private static final String ASK_STREAM = ASK.replace("\"store\"", "\"stream\":true,\"store\"");
    private static final String OVERFLOW =
            "{\"error\":{\"code\":400,\"message\":\"the request exceeds the available context"
                    + " size\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":210000,"
                    + "\"n_ctx\":32768}}";
    private static final String TOO_LONG = "prompt is too long: 210000 tokens > 32768 maximum";

    private static int times(String text, String part) {
        return text.split(part, -1).length - 1;
    }

    @Test
    void streams() throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.engineModel = "engine-name";
            bench.engine.script = Answers.IN_PIECES;
            for (String path : new String[] {PATH, "/responses", "/v1/v1/responses?x=1"}) {
                HttpResponse<String> response = bench.post(path, ASK_STREAM);
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.headers().firstValue("content-type"))
                        .hasValue("text/event-stream; charset=utf-8");
                assertThat(response.headers().firstValue("x-request-id")).isPresent();
                assertThat(response.body())
                        .startsWith(
                                "event: response.created\n"
                                        + "data: {\"type\":\"response.created\","
                                        + "\"sequence_number\":0,")
                        .contains("\"model\":\"tiny\"")
                        .contains("\"delta\":\"Grüße\"")
                        .contains("\"usage\":{\"input_tokens\":7,")
                        .contains("\"cached_tokens\":3")
                        .endsWith("}}\n\n");
                assertThat(times(response.body(), "event: response.completed")).isEqualTo(1);
            }
            assertThat(bench.engine.requests.getFirst().line())
                    .isEqualTo("POST /v1/chat/completions HTTP/1.1");
            assertThat(bench.engine.requests.getFirst().body())
                    .startsWith("{\"model\":\"engine-name\",")
                    .contains("{\"role\":\"system\",\"content\":\"S\"}")
                    .contains("\"include_usage\":true");
            Bench.eventually("lease closed", () -> bench.fleet.openLeases.get() == 0);
            assertThat(bench.metrics())
                    .contains("endpoint=\"responses\",model=\"tiny\",node=\"beast\",status=\"200\"")
                    .contains("cortex_prompt_tokens_total{model=\"tiny\",node=\"beast\"} 21.0");
        }
    }

    @Test
    void gathersAWholeAnswer() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = Answers.WHOLE;
            assertThat(bench.post(PATH, ASK).body())
                    .startsWith("{\"id\":\"resp_")
                    .contains("\"object\":\"response\"")
                    .contains("\"status\":\"completed\"")
                    .contains("\"text\":\"Grüße\"")
                    .contains("\"instructions\":\"S\"");
        }
    }

    @Test
    void anEarlyErrorHasItsStatusAndEnvelope() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script =
                    (_, wire) -> wire.stream(": hi\n\n", Answers.ERROR + RelayTest.DONE);
            HttpResponse<String> response = bench.post(PATH, ASK_STREAM);
            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(response.body())
                    .isEqualTo(
                            "{\"error\":{\"message\":\"broke\",\"type\":\"server_error\","
                                    + "\"param\":null,\"code\":null}}");
        }
    }

    @Test
    void aLateFailureIsTheOneTerminalEventAndTheBodyEndsWell() throws Exception {
        try (Bench bench = new Bench()) {
            CountDownLatch seen = new CountDownLatch(1);
            bench.engine.script = (_, wire) -> wire.stream(RelayTest.HI, Answers.ERROR);
            HttpResponse<String> told = bench.post(PATH, ASK_STREAM);
            assertThat(times(told.body(), "event: response.failed")).isEqualTo(1);
            assertThat(told.body())
                    .contains("\"error\":{\"code\":\"server_error\",\"message\":\"broke\"}")
                    .doesNotContain("response.completed");
            bench.engine.script = Answers.dying(seen);
            try (RawClient client = RawClient.post(bench.port(), PATH, ASK_STREAM)) {
                client.until("output_text.delta");
                seen.countDown();
                String rest = client.until("\r\n0\r\n\r\n");
                assertThat(times(rest, "event: response.failed")).isEqualTo(1);
            }
            Bench.eventually("lease closed", () -> bench.fleet.openLeases.get() == 0);
        }
    }

    @Test
    void anOverflowIsAnEventInAStreamAndAStatusOtherwise() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = (_, wire) -> wire.json(400, OVERFLOW);
            HttpResponse<String> stream = bench.post(PATH, ASK_STREAM);
            assertThat(stream.statusCode()).isEqualTo(200);
            assertThat(times(stream.body(), "event: response.failed")).isEqualTo(1);
            assertThat(stream.body())
                    .startsWith("event: response.created\n")
                    .contains("\"code\":\"context_length_exceeded\",\"message\":\"" + TOO_LONG);
            HttpResponse<String> whole = bench.post(PATH, ASK);
            assertThat(whole.statusCode()).isEqualTo(400);
            assertThat(whole.body()).contains("context_length_exceeded").contains(TOO_LONG);
            bench.engine.script =
                    (_, wire) ->
                            wire.stream(
                                    "data: {\"error\":{\"message\":\"Prompt sequence length is"
                                            + " greater than 4\",\"type\":\"server_error\"}}\n\n");
            assertThat(bench.post(PATH, ASK_STREAM).body())
                    .contains("event: response.failed")
                    .contains("tokens > 4 maximum");
        }
    }

    @Test
    void aWaitingClientGetsAResponseInProgress() throws Exception {
        try (Bench bench = new Bench(Bench.keepaliveAfter(Duration.ofMillis(50)))) {
            CountDownLatch ready = new CountDownLatch(1);
            CountDownLatch more = new CountDownLatch(1);
            bench.fleet.ready = ready;
            bench.engine.script = Answers.pausing(more);
            try (RawClient client = RawClient.post(bench.port(), PATH, ASK_STREAM)) {
                assertThat(client.until("\"sequence_number\":2,"))
                        .contains("event: response.created")
                        .doesNotContain(": keepalive");
                ready.countDown();
                assertThat(client.until("output_text.delta"))
                        .doesNotContain("response.created")
                        .doesNotContain("\"sequence_number\":0,");
                client.until("event: response.in_progress");
                more.countDown();
                client.until("event: response.completed");
                client.until("\r\n0\r\n\r\n");
            }
        }
    }

    @Test
    void refusalsSayWhatToDo() throws Exception {
        try (Bench bench = new Bench()) {
            Map<String, String> fields =
                    Map.of(
                            "previous_response_id", "\"resp_1\"",
                            "conversation", "\"conv_1\"",
                            "background", "true");
            for (Map.Entry<String, String> field : fields.entrySet()) {
                String given = "{\"" + field.getKey() + "\":" + field.getValue() + ",";
                HttpResponse<String> bad = bench.post(PATH, given + ASK.substring(1));
                assertThat(bad.statusCode()).isEqualTo(400);
                assertThat(bad.body())
                        .startsWith("{\"error\":{\"message\":\"" + field.getKey() + ": ")
                        .contains("\"type\":\"invalid_request_error\"")
                        .contains("\"param\":\"" + field.getKey() + "\"");
            }
            assertThat(bench.post(PATH, "{\"model\":\"tiny\"}").statusCode()).isEqualTo(400);
            assertThat(bench.post(PATH, ASK.replace("tiny", "none")).body())
                    .contains("model_not_found");
            assertThat(bench.get(PATH).statusCode()).isEqualTo(405);
            assertThat(bench.get(PATH + "/resp_1").statusCode()).isEqualTo(404);
            assertThat(bench.engine.requests).isEmpty();
        }
    }
}
