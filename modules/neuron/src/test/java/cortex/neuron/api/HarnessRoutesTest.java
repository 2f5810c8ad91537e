package cortex.neuron.api;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import cortex.neuron.process.Poll;
import cortex.neuron.replica.Entry;
import java.net.http.HttpResponse;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/// Harnesses: how they are, and restarting one without hurting a request.
@Timeout(60)
class HarnessRoutesTest {
    private static final String RESTART = "/harnesses/fake/restart";
    private static final String IDLE = "{\"only_if_idle\":true}";

    private static ApiFixture api() throws InterruptedException {
        ApiFixture api = ApiFixture.withDevices();
        api.harness.stoppable.countDown();
        return api;
    }

    private static JsonNode harness(ApiFixture api) throws Exception {
        return api.json("/health").get("harnesses").get(0);
    }

    private static void cycle(ApiFixture api) throws Exception {
        api.loaded("m");
        api.post("/models/unload", "{\"model_id\":\"m\"}");
    }

    @Test
    void cyclesAreModelsThatWereLoadedAndHaveGone() throws Exception {
        try (ApiFixture api = api()) {
            assertThat(harness(api).toString())
                    .isEqualTo(
                            "{\"name\":\"fake\",\"cycles\":0,\"restartable\":true,"
                                    + "\"in_flight\":0,\"unavailable\":null}");
            cycle(api);
            cycle(api);
            String replica = api.loaded("m");
            Entry entry = Objects.requireNonNull(api.replicas.enter(replica));

            assertThat(harness(api).get("cycles").intValue()).isEqualTo(2);
            assertThat(harness(api).get("in_flight").intValue()).isOne();
            entry.close();
        }
    }

    @Test
    void oneThatCannotStartAnythingSaysWhyAndIsNotOffered() throws Exception {
        try (ApiFixture api = api()) {
            api.harness.missing = "there is no engine program /opt/llama-sever";
            assertThat(harness(api).get("unavailable").stringValue())
                    .isEqualTo("there is no engine program /opt/llama-sever");
            assertThat(api.json("/discovery").get("harnesses").isEmpty()).isTrue();
        }
    }

    @Test
    void whereEachModelHasAProcessARestartTouchesNoneThatRuns() throws Exception {
        try (ApiFixture api = api()) {
            cycle(api);
            String replica = api.loaded("m");
            Entry entry = Objects.requireNonNull(api.replicas.enter(replica));

            JsonNode answer = api.post(RESTART, IDLE);

            assertThat(answer.get("status").stringValue()).isEqualTo("restarted");
            assertThat(answer.get("cycles").intValue()).isOne();
            assertThat(api.harness.restarts).hasValue(1);
            assertThat(harness(api).get("cycles").intValue()).isZero();
            assertThat(api.replicas.endpoint("m")).isNotNull();
            entry.close();
        }
    }

    @Test
    void aSharedProcessIsNotRestartedUnderARequest() throws Exception {
        try (ApiFixture api = api()) {
            api.harness.shared = true;
            AtomicInteger stops = new AtomicInteger();
            api.harness.onStop = stops::incrementAndGet;
            String replica = api.loaded("m");
            Entry entry = Objects.requireNonNull(api.replicas.enter(replica));

            HttpResponse<String> busy = api.send("POST", RESTART, IDLE);
            assertThat(busy.statusCode()).isEqualTo(409);
            JsonNode error = Json.MAPPER.readTree(busy.body()).get("error");
            assertThat(error.get("in_flight").intValue()).isOne();
            assertThat(error.get("message").stringValue()).contains("harness 'fake'");
            entry.close();
            api.post(RESTART, IDLE);

            assertThat(api.harness.restarts).hasValue(1);
            assertThat(api.json("/models")).isEmpty();
            assertThat(stops).as("models are not unloaded one by one").hasValue(0);
            assertThat(harness(api).get("cycles").intValue()).isZero();
            api.loaded("m");
        }
    }

    @Test
    void withoutTheConditionRequestsInFlightMayEndFirst() throws Exception {
        try (ApiFixture api = api()) {
            api.harness.shared = true;
            String replica = api.loaded("m");
            Entry entry = Objects.requireNonNull(api.replicas.enter(replica));
            LinkedBlockingQueue<String> done = new LinkedBlockingQueue<>();
            Thread restart =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    done.add(api.send("POST", RESTART, "").body());
                                } catch (Exception e) {
                                    done.add(e.toString());
                                }
                            });
            Poll.until("nobody enters any more", () -> api.replicas.enter(replica) == null);

            assertThat(api.harness.restarts).hasValue(0);
            HttpResponse<String> load =
                    api.send("POST", "/models/load", "{\"model_id\":\"n\",\"harness\":\"fake\"}");
            assertThat(load.statusCode()).isEqualTo(503);
            assertThat(load.body()).contains("being restarted");
            assertThat(api.send("POST", RESTART, IDLE).statusCode()).isEqualTo(409);
            entry.close();

            assertThat(done.take()).contains("\"status\":\"restarted\"");
            restart.join();
            assertThat(api.harness.restarts).hasValue(1);
        }
    }

    @Test
    void whatCannotBeRestartedSaysWhy() throws Exception {
        try (ApiFixture api = api()) {
            assertThat(api.send("POST", "/harnesses/other/restart", "").statusCode())
                    .isEqualTo(404);
            assertThat(api.send("GET", RESTART, "").statusCode()).isEqualTo(405);
            assertThat(api.send("POST", "/harnesses/restart", "").statusCode()).isEqualTo(404);
            api.harness.restartable = false;
            HttpResponse<String> response = api.send("POST", RESTART, "");
            assertThat(response.statusCode()).isEqualTo(501);
            assertThat(response.body()).contains("not_restartable").contains("unit");
        }
    }
}
