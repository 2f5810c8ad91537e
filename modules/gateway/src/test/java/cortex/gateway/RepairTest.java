package cortex.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/// What is put right on the way through, and prompts that are refused before they cost anything.
class RepairTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String USAGE =
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\n";
    private static final int CONTEXT = 1000;

    /// An engine that counts so many tokens, and answers whatever else it is asked.
    private static RawEngine.Script counting(int status, int tokens) {
        return (request, wire) -> {
            if (request.line().contains("input_tokens")) {
                wire.json(status, "{\"input_tokens\":" + tokens + "}");
            } else if (request.body().contains("\"stream\":true")) {
                wire.stream(RelayTest.HI + RelayTest.STOP + RelayTest.DONE);
            } else {
                wire.json(200, "{\"whole\":true}");
            }
        };
    }

    private static String chat(int bytes) {
        return "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\""
                + "x".repeat(bytes)
                + "\"}]}";
    }

    @Test
    void theEngineGetsARepairedRequest() throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.engineModel = "engine-name";
            bench.post(
                    CHAT,
                    "{\"model\":\"tiny\",\"tools\":[],\"tool_choice\":\"auto\",\"messages\":["
                            + "{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{"
                            + "\"name\":\"f\",\"arguments\":\"{\"}}]}]}");
            assertThat(bench.engine.requests.getFirst().body())
                    .isEqualTo(
                            "{\"model\":\"engine-name\",\"messages\":[{\"role\":\"assistant\","
                                    + "\"tool_calls\":[{\"function\":{\"name\":\"f\","
                                    + "\"arguments\":\"{}\"}}]}]}");
            HttpResponse<String> bad =
                    bench.post(
                            CHAT,
                            "{\"model\":\"tiny\",\"messages\":[],\"tools\":[{\"type\":\"function\","
                                    + "\"function\":{\"name\":\"f\"}}],\"tool_choice\":{"
                                    + "\"type\":\"function\",\"function\":{\"name\":\"g\"}}}");
            assertThat(bad.statusCode()).isEqualTo(400);
            assertThat(bad.body()).contains("the tool 'g' is not among the tools");
            assertThat(bench.engine.requests).hasSize(1);
        }
    }

    @Test
    void noEngineGetsHalfOfASurrogatePair() throws Exception {
        try (Bench bench = new Bench()) {
            bench.post(CHAT, chat(1).replace("\"x\"", "\"x\\ud83d\""));
            assertThat(bench.engine.requests.getLast().body())
                    .isEqualTo(chat(1).replace("\"x\"", "\"x\\ufffd\""));
            String call =
                    "{\"model\":\"tiny\",\"messages\":[{\"role\":\"assistant\",\"tool_calls\":["
                            + "{\"function\":{\"name\":\"f\",\"arguments\":\"%s\"}}]}]}";
            bench.post(CHAT, call.formatted("{\\\"a\\\":\\\"\\\\ud83d\\\"}"));
            assertThat(bench.engine.requests.getLast().body())
                    .isEqualTo(call.formatted("{\\\"a\\\":\\\"\\\\ufffd\\\"}"));
            bench.engine.script = (_, wire) -> wire.stream(RelayTest.HI + RelayTest.DONE);
            bench.post(
                    "/v1/messages",
                    "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\","
                            + "\"content\":\"a\\ud83d\"}]}");
            assertThat(bench.engine.requests.getLast().body())
                    .contains("{\"role\":\"user\",\"content\":\"a\ufffd\"}");
        }
    }

    @Test
    void usageThatWasNotAskedForIsCountedAndNotSent() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script =
                    (_, wire) -> wire.stream(RelayTest.HI, RelayTest.STOP + USAGE + RelayTest.DONE);
            assertThat(bench.post(CHAT, RelayTest.ASK_STREAM).body())
                    .isEqualTo(RelayTest.HI + RelayTest.STOP + RelayTest.DONE);
            String asked =
                    RelayTest.ASK_STREAM.replace(
                            "\"stream\":true",
                            "\"stream\":true,\"stream_options\":{\"include_usage\":true}");
            assertThat(bench.post(CHAT, asked).body())
                    .isEqualTo(RelayTest.HI + RelayTest.STOP + USAGE + RelayTest.DONE);
            assertThat(bench.metrics())
                    .contains("cortex_prompt_tokens_total{model=\"tiny\",node=\"beast\"} 14.0");
        }
    }

    @Test
    void anOverflowWithoutACountGetsOne() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script =
                    (_, wire) ->
                            wire.json(
                                    422,
                                    "{\"message\":\"Prompt sequence length is greater than 40\"}");
            HttpResponse<String> response = bench.post(CHAT, chat(360));
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body())
                    .contains("\"code\":\"context_length_exceeded\"")
                    .contains("prompt is too long: 108 tokens > 40 maximum");
        }
    }

    @Test
    void whatIsKnownNotToFitIsRefusedBeforeItReachesASlot() throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.loaded(CONTEXT);
            bench.engine.script = counting(200, 5000);
            for (String path : new String[] {CHAT, "/v1/messages", "/v1/chat/completions"}) {
                HttpResponse<String> response = bench.post(path, chat(20_000));
                assertThat(response.statusCode()).isEqualTo(400);
                assertThat(response.body())
                        .contains("prompt is too long: 5000 tokens > 1000 maximum");
            }
            HttpResponse<String> event =
                    bench.post(
                            "/v1/responses",
                            "{\"model\":\"tiny\",\"stream\":true,\"input\":\""
                                    + "x".repeat(20_000)
                                    + "\"}");
            assertThat(event.body()).contains("response.failed").contains("5000 tokens > 1000");
            assertThat(bench.engine.requests)
                    .as("the same prompt is counted once")
                    .hasSize(1)
                    .allMatch(r -> r.line().contains("/v1/chat/completions/input_tokens"));
            assertThat(bench.metrics()).contains("type=\"context_overflow\"");
        }
    }

    @Test
    void whatFitsOrCannotBeCountedGoesOn() throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.loaded(CONTEXT);
            bench.engine.script = counting(200, CONTEXT);
            assertThat(bench.post(CHAT, chat(20_000)).body()).contains("whole");
            bench.engine.script = counting(501, 0);
            assertThat(bench.post(CHAT, chat(21_000)).body()).contains("whole");
            assertThat(bench.engine.requests).hasSize(4);
        }
    }

    @Test
    void ordinaryRequestsAreNotCounted() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = counting(200, 5000);
            bench.post(CHAT, chat(20_000));
            bench.fleet.loaded(CONTEXT, 0);
            bench.post(CHAT, chat(20_000));
            bench.fleet.loaded(CONTEXT, 8 * CONTEXT);
            bench.post(CHAT, chat(20_000));
            bench.fleet.loaded(CONTEXT);
            bench.post(CHAT, chat(2_500));
            bench.post(
                    CHAT,
                    "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":[{"
                            + "\"type\":\"text\",\"text\":\"see\"}]}],\"ignored\":\""
                            + "x".repeat(20_000)
                            + "\"}");
            bench.post("/v1/completions", chat(20_000));
            assertThat(bench.engine.requests)
                    .hasSize(6)
                    .noneMatch(request -> request.line().contains("input_tokens"));
        }
    }
}
