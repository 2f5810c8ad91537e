package cortex.neuron.api;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.config.HostPort;
import cortex.core.node.Json;
import cortex.core.time.SystemTime;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.HttpServers;
import cortex.relay.http.RunningServer;
import cortex.relay.http.ServerSettings;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.HttpRouting;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/// The door counts and addresses; how bytes pass is the relay module's.
@Timeout(60)
class EngineDoorTest {
    private final LinkedBlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private final LinkedBlockingQueue<HttpResponse<String>> answers = new LinkedBlockingQueue<>();
    private final CountDownLatch release = new CountDownLatch(1);

    private static RunningServer engine(Consumer<HttpRouting.Builder> routes) {
        return HttpServers.start(
                ServerSettings.of(new HostPort("127.0.0.1", 0)).withDrainGrace(Duration.ZERO),
                ErrorBody.openAi(),
                new SystemTime(),
                routes);
    }

    private RunningServer waiting() {
        return engine(routes ->
                routes.any((request, response) -> {
                    seen.add(
                            request.prologue().method().text()
                                    + " "
                                    + request.prologue().uriPath().rawPath()
                                    + "?"
                                    + request.query().rawValue());
                    await(release);
                    response.send("the engine's answer");
                }));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anEngineThatDiesAtARequestIsToldWithItsLastWordsAndLoadedAgainAtOnce() throws Exception {
        String words = "the engine was ended by signal 6; its last words:\nbad grammar";
        try (ApiFixture api = ApiFixture.withDevices();
                RunningServer engine =
                        engine(routes ->
                                routes.any((_, _) -> {
                                    api.harness.die(words);
                                    throw new CloseConnectionException("crash");
                                }))) {
            api.harness.url = URI.create("http://" + engine.address());
            api.harness.stoppable.countDown();
            for (int death = 0; death < 4; death++) {
                String door = "/engines/" + api.loaded("org/m");
                HttpResponse<String> answer = api.send("POST", door + "/v1/x", "{}");
                assertThat(answer.statusCode()).isEqualTo(502);
                JsonNode error = Json.MAPPER.readTree(answer.body()).path("error");
                assertThat(error.path("code").asString("")).isEqualTo("engine_died");
                assertThat(error.path("in_flight").asInt(0)).isOne();
                assertThat(error.path("message").asString(""))
                        .contains("(signal 6)", "bad grammar");
            }
        }
    }

    @Test
    void anEngineThatSomebodyEndedDidNotDieAtItsRequest() throws Exception {
        assertThat(toldOf("the engine was ended by signal 15")).contains("engine_gone");
    }

    @Test
    void anEngineThatMayHaveBeenKilledForWantOfMemoryIsTold() throws Exception {
        assertThat(toldOf("the engine was ended by signal 9 (KILL)"))
                .contains("engine_died", "(signal 9)");
    }

    /// What a request is answered whose engine ends like that.
    private String toldOf(String ending) throws Exception {
        try (ApiFixture api = ApiFixture.withDevices();
                RunningServer engine =
                        engine(routes ->
                                routes.any((_, _) -> {
                                    api.harness.die(ending);
                                    throw new CloseConnectionException("ended");
                                }))) {
            api.harness.url = URI.create("http://" + engine.address());
            api.harness.stoppable.countDown();
            String door = "/engines/" + api.loaded("org/m");
            return api.send("POST", door + "/v1/x", "{}").body();
        }
    }

    @Test
    void anEngineThatOnlyBreaksOffHasNotDied() throws Exception {
        try (RunningServer engine =
                        engine(routes ->
                                routes.any((_, _) -> {
                                    throw new CloseConnectionException("cut");
                                }));
                ApiFixture api = ApiFixture.withDevices()) {
            api.harness.url = URI.create("http://" + engine.address());
            String door = "/engines/" + api.loaded("org/m");
            assertThat(api.send("POST", door + "/v1/x", "{}").body()).contains("engine_gone");
        }
    }

    @Test
    void aRequestIsInFlightWhileItsEngineWorks() throws Exception {
        try (RunningServer engine = waiting();
                ApiFixture api = ApiFixture.withDevices()) {
            api.harness.url = URI.create("http://" + engine.address());
            String door = "/engines/" + api.loaded("org/m");
            Thread.ofVirtual().start(() -> send(api, door + "/v1/x%20y?a=b%26c"));

            assertThat(seen.take()).isEqualTo("POST /v1/x%20y?a=b%26c");
            assertThat(api.awaitStatus("org/m", "loaded").get("in_flight").intValue()).isOne();
            assertThat(
                            api.send(
                                            "POST",
                                            "/models/unload",
                                            "{\"model_id\":\"org/m\"," + "\"only_if_idle\":true}")
                                    .statusCode())
                    .isEqualTo(409);
            release.countDown();

            HttpResponse<String> answer = answers.take();
            assertThat(answer.body()).isEqualTo("the engine's answer");
            assertThat(answer.statusCode()).isEqualTo(200);
            while (api.awaitStatus("org/m", "loaded").get("in_flight").intValue() > 0) {
                Thread.onSpinWait();
            }
        }
    }

    private void send(ApiFixture api, String path) {
        try {
            answers.add(api.send("POST", path, "{}"));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anEngineThatIsGoneIsABadGatewayAndNotInFlight() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            String door = "/engines/" + api.loaded("m");

            HttpResponse<String> answer = api.get(door + "/v1/models");

            assertThat(answer.statusCode()).isEqualTo(502);
            assertThat(answer.body()).contains("engine_gone");
            assertThat(api.awaitStatus("m", "loaded").get("in_flight").intValue()).isZero();
        }
    }

    @Test
    void theEnginesRootIsReachedWithAndWithoutASlash() throws Exception {
        release.countDown();
        try (RunningServer engine = waiting();
                ApiFixture api = ApiFixture.withDevices()) {
            api.harness.url = URI.create("http://" + engine.address());
            String door = "/engines/" + api.loaded("m");

            api.get(door);
            api.get(door + "/");

            assertThat(seen).containsExactly("GET /?", "GET /?");
        }
    }
}
