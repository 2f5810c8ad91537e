package cortex.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What holds for every dialect that is translated, whatever its answer looks like.
class TranslationTest {
    enum Api {
        MESSAGES(
                "/v1/messages",
                "\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
                "\"tools\":[{\"name\":\"f\",\"input_schema\":",
                "text_delta",
                "event: message_stop"),
        RESPONSES(
                "/v1/responses",
                "\"input\":\"hi\",\"store\":false}",
                "\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"parameters\":",
                "output_text.delta",
                "event: response.completed");

        final String path;
        final String rest;
        final String tool;
        final String delta;
        final String end;

        Api(String path, String rest, String tool, String delta, String end) {
            this.path = path;
            this.rest = rest;
            this.tool = tool;
            this.delta = delta;
            this.end = end;
        }

        String ask(String more) {
            return "{\"model\":\"tiny\"," + more + rest;
        }

        String streamed() {
            return ask("\"stream\":true,");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWholeAnswerIsGatheredAndTheConnectionStays(Api api) throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = Answers.WHOLE;
            for (int i = 0; i < 2; i++) {
                HttpResponse<String> response = bench.post(api.path, api.ask(""));
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.headers().firstValue("content-type"))
                        .hasValue("application/json");
                assertThat(response.body()).contains("\"text\":\"Grüße\"");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachChunkGoesOnAtOnce(Api api) throws Exception {
        try (Bench bench = new Bench()) {
            CountDownLatch seen = new CountDownLatch(1);
            bench.engine.script = Answers.pausing(seen);
            try (RawClient client = RawClient.post(bench.port(), api.path, api.streamed())) {
                client.until(api.delta);
                seen.countDown();
                client.until(api.end);
                client.until("\r\n0\r\n\r\n");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEngineThatDiesBeforeItAnswersIsReplaced(Api api) throws Exception {
        try (Bench bench = new Bench()) {
            AtomicInteger tries = new AtomicInteger();
            bench.engine.script = Answers.dyingOnce(tries);
            assertThat(bench.post(api.path, api.streamed()).body())
                    .contains("Grüße")
                    .contains(api.end);
            assertThat(tries.get()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEngineThatDiesInAWholeAnswerIsABadGateway(Api api) throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = Answers.dying(new CountDownLatch(0));
            HttpResponse<String> response = bench.post(api.path, api.ask(""));
            assertThat(response.statusCode()).isEqualTo(502);
            Bench.eventually("lease closed", () -> bench.fleet.openLeases.get() == 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLeavingClientStopsTheEngine(Api api) throws Exception {
        try (Bench bench = new Bench()) {
            CountDownLatch asked = new CountDownLatch(1);
            bench.engine.script = Answers.silent(asked);
            try (RawClient client = RawClient.post(bench.port(), api.path, api.ask(""))) {
                asked.await();
                assertThat(client).isNotNull();
            }
            bench.engine.awaitHangUp();
        }
    }

    @ParameterizedTest
    @EnumSource
    void schemasThatTheEngineCannotTakeAreSimplified(Api api) throws Exception {
        String tools =
                api.tool
                        + "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\","
                        + "\"pattern\":\"x\"}}}}],";
        for (String refusal :
                new String[] {
                    "failed to parse grammar",
                    "JSON schema conversion failed: Pattern must start with '^'"
                }) {
            try (Bench bench = new Bench()) {
                bench.engine.script = Answers.withoutPatterns(refusal);
                assertThat(bench.post(api.path, api.ask(tools)).statusCode()).isEqualTo(200);
                assertThat(bench.engine.requests).hasSize(2);
            }
        }
    }
}
