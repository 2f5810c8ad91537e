package cortex.gateway;

import static cortex.gateway.RelayTest.ASK;
import static cortex.gateway.RelayTest.ASK_STREAM;
import static cortex.gateway.RelayTest.DONE;
import static cortex.gateway.RelayTest.HI;
import static cortex.gateway.RelayTest.STOP;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.failure.Failure;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.FleetSnapshot;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The operator's side of the API.
class OperatorTest {
    private static final Effect.Change LOADING =
            new Effect.Change("tiny", "beast", Effect.Step.LOADING, "loading.");

    private static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    @Test
    void wishesGoToTheFleetAndTellWhatTheyChange() throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.changes = List.of(LOADING);
            HttpResponse<String> load = bench.post("/admin/load", "{\"model\":\"little\"}");
            assertThat(load.statusCode()).isEqualTo(200);
            assertThat(load.body())
                    .isEqualTo(
                            "{\"changed\":true,\"changes\":[{\"model\":\"tiny\",\"node\":\"beast\","
                                    + "\"step\":\"loading\",\"text\":\"loading.\"}]}\n");
            bench.fleet.changes = List.of();
            HttpResponse<String> again =
                    bench.post("/admin/load", "{\"model\":\"tiny\",\"node\":\"beast\"}");
            assertThat(json(again).path("changed").asBoolean(true)).isFalse();
            bench.post("/admin/unload", "{\"model\":\"tiny\",\"node\":null}");
            bench.post("/admin/pin", "{\"model\":\"tiny\",\"node\":\"beast\"}");
            bench.post("/admin/unpin", "{\"model\":\"tiny\",\"node\":\"beast\"}");
            bench.post("/admin/drain", "{\"node\":\"beast\",\"force\":true}");
            bench.post("/admin/undrain", "{\"node\":\"beast\"}");
            assertThat(bench.fleet.wishes)
                    .containsExactly(
                            new Wish.Load(Bench.profile("tiny", "little"), null),
                            new Wish.Load(Bench.profile("tiny", "little"), "beast"),
                            new Wish.Unload("tiny", null, false),
                            new Wish.Pin("tiny", "beast"),
                            new Wish.Unpin("tiny", "beast"),
                            new Wish.Drain("beast", true),
                            new Wish.Undrain("beast"));
            bench.fleet.wishRefused =
                    new Failure.NoCapacity("tiny", "No room.", Duration.ofSeconds(3));
            HttpResponse<String> refused = bench.post("/admin/load", "{\"model\":\"tiny\"}");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("No room.");
        }
    }

    @Test
    void whatANodeHoldsIsUnloadedThoughTheCatalogueLacksIt() throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.snapshot =
                    new FleetSnapshot(
                            List.of(),
                            List.of(
                                    new FleetSnapshot.ReplicaView(
                                            "former",
                                            "beast",
                                            new FleetSnapshot.Stage(ModelStatus.LOADED, null, null),
                                            List.of(),
                                            0,
                                            new FleetSnapshot.EngineView(1L, 2048, null),
                                            false)));
            assertThat(bench.post("/admin/unload", "{\"model\":\"former\"}").statusCode())
                    .isEqualTo(200);
            assertThat(bench.fleet.wishes).containsExactly(new Wish.Unload("former", null, false));
            assertThat(mistake(bench, "unload", "{\"model\":\"nobody\"}", 404))
                    .contains("Unknown model");
            assertThat(mistake(bench, "pin", "{\"model\":\"former\",\"node\":\"beast\"}", 404))
                    .contains("Unknown model");
        }
    }

    @Test
    void mistakesAreNamed() throws Exception {
        try (Bench bench = new Bench()) {
            assertThat(mistake(bench, "load", "{\"model\":\"tniy\"}", 404)).contains("mean tiny");
            assertThat(mistake(bench, "drain", "{\"node\":\"best\"}", 404)).contains("mean beast");
            assertThat(mistake(bench, "drain", "{\"node\":\"qqqqqq\"}", 404))
                    .contains("There are: beast");
            assertThat(mistake(bench, "load", "{\"modle\":\"tiny\"}", 400))
                    .contains("did you mean 'model'");
            assertThat(mistake(bench, "unload", "{\"model\":\"tiny\",\"force\":\"yes\"}", 400))
                    .contains("'force' must be true or false");
            assertThat(mistake(bench, "load", "{\"model\":\"tiny\",\"force\":true}", 400))
                    .contains("There is no field 'force'");
            assertThat(mistake(bench, "load", "{}", 400)).contains("Say which model");
            assertThat(mistake(bench, "pin", "{\"model\":\"tiny\"}", 400)).contains("which node");
            assertThat(mistake(bench, "drain", "{\"node\":\"beast\",\"model\":\"tiny\"}", 400))
                    .contains("leave 'model' out");
            assertThat(mistake(bench, "load", "{\"model\":7}", 400)).contains("must be a text");
            assertThat(mistake(bench, "load", "[]", 400)).contains("Send a JSON object");
            assertThat(mistake(bench, "load", "", 400)).contains("JSON");
            assertThat(mistake(bench, "nothing", "{}", 404)).contains("There is no POST");
            assertThat(bench.get("/admin/load").statusCode()).isEqualTo(405);
            assertThat(bench.fleet.wishes).isEmpty();
        }
    }

    private static String mistake(Bench bench, String verb, String body, int status)
            throws Exception {
        HttpResponse<String> response = bench.post("/admin/" + verb, body);
        assertThat(response.statusCode()).as(verb + " " + body).isEqualTo(status);
        return json(response).at("/error/message").asString();
    }

    /// What is on the gateway's host is no operator, whatever it says of itself: a proxy there, a
    /// tunnel or another user is on it too.
    @ParameterizedTest
    @CsvSource({
        "X-Other, x",
        "X-Forwarded-For, 10.0.0.9",
        "X-Forwarded-For, 127.0.0.1",
        "Forwarded, for=127.0.0.1",
        "X-Real-IP, 127.0.0.1",
        "Via, 1.1 proxy",
        "X-Forwarded-Host, localhost",
        "X-Forwarded-Proto, https",
        "CF-Connecting-IP, 127.0.0.1",
        "Origin, http://localhost:8000",
        "Origin, http://127.0.0.1",
        "Origin, https://evil.example",
        "Origin, null"
    })
    void beingHereIsNoRight(String header, String value) throws Exception {
        try (Bench bench = new Bench()) {
            assertThat(drain(bench, header, value)).isIn(401, 403);
            for (String path : List.of("/admin/fleet", "/admin/requests", "/admin/requests/a")) {
                assertThat(bench.send(bench.to(path).header(header, value).build()).statusCode())
                        .as(path)
                        .isIn(401, 403);
            }
            assertThat(bench.fleet.wishes).isEmpty();
        }
    }

    @Test
    void adminKeysAreForAdminsAndGoodForEverything() throws Exception {
        try (Bench bench =
                new Bench(Bench.TIMING, Bench.ADMISSION, List.of("user"), List.of("boss"))) {
            assertThat(drain(bench, "x-api-key", "user")).isEqualTo(403);
            assertThat(drain(bench, "x-api-key", "wrong")).isEqualTo(401);
            assertThat(drain(bench, "x-api-key", "bos")).isEqualTo(401);
            assertThat(drain(bench, "x-api-key", "")).isEqualTo(401);
            assertThat(drain(bench, "Authorization", "Basic Ym9zczpib3Nz")).isEqualTo(401);
            assertThat(drain(bench, "x-other", "none")).isEqualTo(401);
            assertThat(bench.fleet.wishes).isEmpty();
            assertThat(drain(bench, "x-api-key", "boss")).isEqualTo(200);
            for (String path : List.of("/admin/fleet", "/admin/requests")) {
                HttpResponse<String> user = get(bench, path, "user");
                assertThat(user.statusCode()).isEqualTo(403);
                assertThat(user.body())
                        .contains("an API key does not work", "admin_keys in [gateway]");
                assertThat(get(bench, path, "wrong").statusCode()).isEqualTo(401);
                assertThat(get(bench, path, "boss").statusCode()).isEqualTo(200);
            }
            assertThat(get(bench, "/v1/models", "user").statusCode()).isEqualTo(200);
            assertThat(get(bench, "/v1/models", "boss").statusCode()).isEqualTo(200);
            assertThat(get(bench, "/v1/models", "wrong").statusCode()).isEqualTo(401);
        }
        try (Bench bench = new Bench(Bench.TIMING, Bench.ADMISSION, List.of(), List.of("boss"))) {
            assertThat(bench.send(bench.to("/admin/fleet").build()).statusCode()).isEqualTo(401);
            assertThat(bench.get("/v1/models").statusCode()).isEqualTo(200);
        }
    }

    private static int drain(Bench bench, String header, String value) throws Exception {
        return bench.send(
                        bench.to("/admin/drain")
                                .header(header, value)
                                .POST(HttpRequest.BodyPublishers.ofString("{\"node\":\"beast\"}"))
                                .build())
                .statusCode();
    }

    private static HttpResponse<String> get(Bench bench, String path, String key) throws Exception {
        return bench.send(bench.to(path).header("Authorization", "Bearer " + key).build());
    }

    @Test
    void thePlanIsForPeopleAndPrograms() throws Exception {
        try (Bench bench = new Bench()) {
            JsonNode plan = json(bench.post("/admin/plan", "{\"model\":\"little\"}"));
            assertThat(plan.path("model").asString()).isEqualTo("tiny");
            assertThat(plan.path("text").asString())
                    .startsWith("tiny: a request would go to beast, where it is loaded.\n");
            assertThat(plan.at("/chosen/in_flight").asInt()).isEqualTo(1);
            assertThat(plan.at("/replicas/0/pressure").asDouble()).isEqualTo(0.25);
        }
    }

    @Test
    void endedRequestsCanBeLookedAt() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = (request, wire) -> wire.stream(HI + STOP + DONE);
            for (int i = 0; i < 12; i++) {
                HttpResponse<String> answer = bench.post("/v1/chat/completions", ASK_STREAM);
                assertThat(answer.headers().firstValue("server-timing").orElse(""))
                        .matches("queue;dur=\\d+\\.\\d, engine;dur=\\d+\\.\\d");
            }
            bench.engine.script = (request, wire) -> wire.json(500, "{}");
            HttpResponse<String> last =
                    bench.send(
                            bench.to("/v1/chat/completions")
                                    .header("x-request-id", "my-request")
                                    .POST(HttpRequest.BodyPublishers.ofString(ASK))
                                    .build());
            assertThat(last.statusCode()).isEqualTo(500);
            Bench.eventually("told", () -> known(bench, "my-request") == 200);
            JsonNode all = json(bench.get("/admin/requests")).path("requests");
            assertThat(all.size()).isEqualTo(10);
            assertThat(all.get(0).path("id").asString()).isEqualTo("my-request");
            assertThat(all.get(1).path("outcome").asString()).isEqualTo("ok");
            assertThat(all.get(1).path("completion_tokens").asInt()).isEqualTo(2);
            JsonNode found = json(bench.get("/admin/requests/my-request")).path("requests");
            assertThat(found.size()).isEqualTo(1);
            JsonNode one = found.get(0);
            assertThat(one.path("status").asInt()).isEqualTo(500);
            assertThat(one.path("client").asString()).isEqualTo("127.0.0.1");
            assertThat(one.path("error").asString()).isNotBlank();
            assertThat(one.path("ended_at").asString()).contains("T");
            assertThat(known(bench, "other")).isEqualTo(404);
            bench.send(
                    bench.to("/v1/chat/completions")
                            .header("x-request-id", "my-request")
                            .POST(HttpRequest.BodyPublishers.ofString(ASK))
                            .build());
            Bench.eventually("both are there", () -> count(bench, "my-request") == 2);
        }
    }

    private static int count(Bench bench, String id) {
        try {
            return json(bench.get("/admin/requests/" + id)).path("requests").size();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static int known(Bench bench, String id) {
        try {
            return bench.get("/admin/requests/" + id).statusCode();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
