package cortex.gateway;

import static cortex.gateway.RelayTest.ASK;
import static cortex.gateway.RelayTest.ASK_STREAM;
import static cortex.gateway.RelayTest.DONE;
import static cortex.gateway.RelayTest.HI;
import static cortex.gateway.RelayTest.ROLE;
import static cortex.gateway.RelayTest.STOP;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two replicas of one model: the first fails before it has said anything, or after.
class FailoverTest {
    private static final String RETRIES =
            "cortex_upstream_retries_total{model=\"tiny\",node=\"beast\"} ";

    private final Bench bench = new Bench();
    private final RawEngine other = new RawEngine();

    @BeforeEach
    void twoReplicas() {
        bench.fleet.endpoints.add(other.endpoint());
        other.script = (request, wire) -> wire.stream(HI + STOP + DONE);
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
        other.close();
    }

    private void isAnsweredByTheOther(String body) throws Exception {
        HttpResponse<String> response = bench.post("/v1/chat/completions", body);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(HI + STOP + DONE);
        assertThat(bench.engine.requests).hasSize(1);
        assertThat(other.requests).hasSize(1);
        retriedOnce();
        Bench.eventually("leases closed", () -> bench.fleet.openLeases.get() == 0);
    }

    private void retriedOnce() throws Exception {
        Bench.eventually("counted", () -> metrics().contains(RETRIES + "1.0"));
    }

    private String metrics() {
        try {
            return bench.metrics();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anErrorOfTheEnginesOwn() throws Exception {
        bench.engine.script = (request, wire) -> wire.json(500, "{\"message\":\"cuda error\"}");
        isAnsweredByTheOther(ASK_STREAM);
        assertThat(bench.fleet.gone).isEmpty();
        assertThat(bench.fleet.failed).hasSize(1);
    }

    @Test
    void anErrorAsTheFirstEvent() throws Exception {
        bench.engine.script =
                (request, wire) ->
                        wire.stream("data: {\"error\":{\"message\":\"boom\",\"code\":500}}\n\n");
        isAnsweredByTheOther(ASK_STREAM);
        assertThat(bench.fleet.failed).as("the request's failure").isEmpty();
    }

    @Test
    void anErrorThatAnEngineSaysInItsAnswerIsTheRequests() throws Exception {
        String said = "data: {\"error\":{\"code\":500,\"message\":\"Failed to parse input\"}}\n\n";
        bench.engine.script = (request, wire) -> wire.stream(ROLE + HI + said);
        other.script = bench.engine.script;
        try (RawClient client = RawClient.chat(bench.port(), ASK_STREAM)) {
            assertThat(client.rest()).contains("Failed to parse input").doesNotContain("[DONE]");
        }
        String ask =
                """
                {"model":"tiny","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}\
                """;
        assertThat(bench.post("/v1/messages", ask).body()).contains("Failed to parse input");
        Bench.eventually("leases closed", () -> bench.fleet.openLeases.get() == 0);
        assertThat(bench.fleet.failed).isEmpty();
        assertThat(bench.fleet.gone).isEmpty();
        assertThat(bench.fleet.answered).hasValue(0);
    }

    @Test
    void anEngineThatIsNotReady() throws Exception {
        bench.engine.script =
                (request, wire) ->
                        wire.json(
                                503,
                                "{\"error\":{\"code\":503,\"message\":\"Loading model\","
                                        + "\"type\":\"unavailable_error\"}}");
        isAnsweredByTheOther(ASK_STREAM);
    }

    @Test
    void anEngineThatDiesBeforeItsHead() throws Exception {
        bench.engine.script = (request, wire) -> wire.die();
        other.script = (request, wire) -> wire.stream(HI + STOP + DONE);
        HttpResponse<String> response = bench.post("/v1/chat/completions", ASK_STREAM);
        assertThat(response.body()).isEqualTo(HI + STOP + DONE);
        assertThat(bench.fleet.gone).hasSize(1);
        retriedOnce();
    }

    @Test
    void twoFailuresAreTheAnswer() throws Exception {
        bench.engine.script = (request, wire) -> wire.json(500, "{\"message\":\"first\"}");
        other.script = (request, wire) -> wire.json(500, "{\"message\":\"second\"}");
        HttpResponse<String> response = bench.post("/v1/chat/completions", ASK);
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).contains("second");
        assertThat(bench.engine.requests).hasSize(1);
        assertThat(other.requests).hasSize(1);
    }

    @Test
    void theClientsMistakeIsNotTriedAgain() throws Exception {
        bench.engine.script = (request, wire) -> wire.json(400, "{\"message\":\"bad\"}");
        assertThat(bench.post("/v1/chat/completions", ASK).statusCode()).isEqualTo(400);
        assertThat(other.requests).isEmpty();
        assertThat(bench.fleet.answered).as("the engine is well").hasValue(1);
        assertThat(bench.metrics()).contains(RETRIES + "0.0");
    }

    @Test
    void neverAfterTheFirstByte() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        bench.engine.script =
                (request, wire) -> {
                    wire.streamHead();
                    wire.chunk(ROLE + HI);
                    seen.await();
                    wire.die();
                };
        try (RawClient client = RawClient.chat(bench.port(), ASK_STREAM)) {
            String all = client.until("Gr");
            seen.countDown();
            assertThat(all + client.rest()).contains("engine_gone").doesNotContain("[DONE]");
        }
        assertThat(other.requests).isEmpty();
        assertThat(bench.metrics()).contains(RETRIES + "0.0");
    }
}
