package cortex.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.engine.EngineApi;
import cortex.core.engine.EngineTraits;
import cortex.core.node.Discovery;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth;
import cortex.gateway.fleet.FleetSnapshot;
import cortex.gateway.fleet.view.KnownModel;
import cortex.gateway.fleet.view.NodeView;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What can be looked at.
class PagesTest {
    private static NodeView node(boolean answered) {
        return new NodeView(
                "beast",
                URI.create("http://beast:9090"),
                new NodeView.Contact(answered, answered, answered ? null : "connection refused"),
                answered
                        ? new Discovery("b", "Linux", null, List.of(), List.of("llamacpp"), 1L)
                        : null,
                answered ? new NodeHealth(1, List.of(), 1L, null) : null,
                NodeView.Wishes.NONE,
                NodeView.UnknownModels.NONE);
    }

    private static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    @Test
    void readyOnceANeuronHasAnswered() throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.snapshot = new FleetSnapshot(List.of(node(false)), List.of());
            HttpResponse<String> notYet = bench.get("/ready");
            assertThat(notYet.statusCode()).isEqualTo(503);
            assertThat(notYet.body()).isEqualTo("{\"status\":\"not ready\"}\n");
            assertThat(ready(bench)).contains("beast: connection refused");
            assertThat(bench.get("/health").statusCode()).isEqualTo(200);
            assertThat(json(bench.get("/v1/models")).at("/data/0/status").asString())
                    .isEqualTo("unavailable");
            bench.fleet.snapshot = new FleetSnapshot(List.of(node(true)), List.of());
            assertThat(json(bench.get("/v1/models")).at("/data/0/status").asString())
                    .isEqualTo("unloaded");
            bench.fleet.never.add("tiny");
            assertThat(json(bench.get("/v1/models/tiny")).path("status").asString())
                    .as("no node can ever hold it")
                    .isEqualTo("unavailable");
            assertThat(bench.get("/ready").body()).isEqualTo("{\"status\":\"ready\"}\n");
            assertThat(ready(bench)).isEqualTo("{\"status\":\"ready\",\"problems\":[]}\n");
            assertThat(bench.metrics()).contains("cortex_node_up{node=\"beast\"} 1.0");
        }
    }

    @Test
    void notReadyWhenNoNeuronAnswersAnyMore() throws Exception {
        NodeView up = node(true);
        NodeView down =
                new NodeView(
                        up.name(),
                        up.endpoint(),
                        new NodeView.Contact(false, true, "does not answer"),
                        up.discovery(),
                        up.health(),
                        up.wishes(),
                        up.models().unknownModels());
        try (Bench bench = new Bench()) {
            bench.fleet.snapshot = new FleetSnapshot(List.of(down), List.of());
            assertThat(bench.get("/ready").statusCode()).isEqualTo(503);
            assertThat(ready(bench)).contains("no neuron answers (beast: does not answer)");
            bench.fleet.snapshot = new FleetSnapshot(List.of(down, up), List.of());
            assertThat(bench.get("/ready").statusCode()).isEqualTo(200);
        }
    }

    private static String ready(Bench bench) throws Exception {
        return bench.send(bench.to("/ready").header("x-api-key", Bench.OPERATOR).build()).body();
    }

    @Test
    void modelsForBothSdks() throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.snapshot =
                    new FleetSnapshot(
                            List.of(node(true)),
                            List.of(
                                    new FleetSnapshot.ReplicaView(
                                            "tiny",
                                            "beast",
                                            new FleetSnapshot.Stage(ModelStatus.LOADED, null, null),
                                            List.of(),
                                            0,
                                            new FleetSnapshot.EngineView(1L, 2048, null),
                                            false)));
            JsonNode list = json(bench.get("/v1/models?limit=1000"));
            assertThat(list.path("object").asString()).isEqualTo("list");
            assertThat(list.path("has_more").asBoolean()).isFalse();
            JsonNode tiny = list.path("data").get(0);
            assertThat(tiny.path("id").asString()).isEqualTo("tiny");
            assertThat(tiny.path("object").asString()).isEqualTo("model");
            assertThat(tiny.path("type").asString()).isEqualTo("model");
            assertThat(tiny.path("created").isIntegralNumber()).isTrue();
            assertThat(tiny.path("created_at").asString()).endsWith("Z");
            assertThat(tiny.path("status").asString()).isEqualTo("loaded");
            assertThat(tiny.path("node").asString()).isEqualTo("beast");
            assertThat(tiny.path("max_input_tokens").asInt()).isEqualTo(2048);
            JsonNode alias = list.path("data").get(1);
            assertThat(alias.path("id").asString()).isEqualTo("little");
            assertThat(alias.path("root").asString()).isEqualTo("tiny");
            assertThat(alias.path("status").asString()).isEqualTo("loaded");
            assertThat(list.path("data").get(2).path("status").asString()).isEqualTo("unloaded");
            assertThat(list.path("data").get(2).path("max_input_tokens").asInt()).isEqualTo(4096);
            for (String path :
                    new String[] {
                        "/v1/models/org/Coder-30B",
                        "/v1/models/org%2FCoder-30B",
                        "/models/org/Coder-30B/"
                    }) {
                assertThat(json(bench.get(path)).path("id").asString())
                        .as(path)
                        .isEqualTo("org/Coder-30B");
            }
            JsonNode little = json(bench.get("/v1/models/little"));
            assertThat(little).isEqualTo(alias);
            assertThat(json(bench.get("/admin/fleet")).at("/replicas/0/in_flight").asInt(-1))
                    .isZero();
        }
    }

    @Test
    void theFleetShowsWhatModelsWereMeasuredToTake() throws Exception {
        try (Bench bench = new Bench()) {
            var measured =
                    new FleetSnapshot.FootprintView(
                            "tiny",
                            "llamacpp",
                            "Q4_K_M",
                            1,
                            1_200,
                            0,
                            new FleetSnapshot.Drift(1_000L, 20.0, true));
            bench.fleet.snapshot =
                    new FleetSnapshot(List.of(), List.of(), List.of(), List.of(measured), Map.of());
            JsonNode shown = json(bench.get("/admin/fleet")).at("/footprints/0");
            assertThat(shown.path("model").asString()).isEqualTo("tiny");
            assertThat(shown.path("mb").asLong()).isEqualTo(1_200);
            assertThat(shown.path("drift_pct").asDouble()).isEqualTo(20.0);
            assertThat(shown.path("drifted").asBoolean()).isTrue();
        }
    }

    @Test
    void theListHasPages() throws Exception {
        try (Bench bench = new Bench()) {
            JsonNode first = json(bench.get("/v1/models?limit=2"));
            assertThat(ids(first)).containsExactly("tiny", "little");
            assertThat(first.path("has_more").asBoolean()).isTrue();
            assertThat(first.path("last_id").asString()).isEqualTo("little");
            JsonNode next = json(bench.get("/v1/models?limit=2&after_id=little"));
            assertThat(ids(next)).containsExactly("org/Coder-30B");
            assertThat(next.path("has_more").asBoolean()).isFalse();
            JsonNode before = json(bench.get("/v1/models?limit=1&before_id=org%2FCoder-30B"));
            assertThat(ids(before)).containsExactly("little");
            assertThat(before.path("has_more").asBoolean()).isTrue();
            assertThat(json(bench.get("/v1/models?before_id=little")).path("has_more").asBoolean())
                    .isFalse();
            JsonNode nothing = json(bench.get("/v1/models?after_id=org/Coder-30B"));
            assertThat(nothing.path("data").isEmpty()).isTrue();
            assertThat(nothing.path("first_id").isNull()).isTrue();
            for (String query :
                    new String[] {
                        "limit=0",
                        "limit=1001",
                        "limit=x",
                        "after_id=none",
                        "after_id=tiny&before_id=little"
                    }) {
                assertThat(bench.get("/v1/models?" + query).statusCode()).as(query).isEqualTo(400);
            }
        }
    }

    private static List<String> ids(JsonNode list) {
        List<String> ids = new ArrayList<>();
        list.path("data").forEach(entry -> ids.add(entry.path("id").asString()));
        return ids;
    }

    @Test
    void whatAnEngineToldIsListedAlsoWhenItIsGone() throws Exception {
        try (Bench bench = new Bench()) {
            JsonNode unknown = json(bench.get("/v1/models/tiny"));
            assertThat(unknown.at("/capabilities/vision").isNull()).isTrue();
            assertThat(unknown.at("/capabilities/image_input/supported").asBoolean()).isFalse();
            EngineTraits traits =
                    new EngineTraits(
                            EngineApi.LLAMA_SERVER.word(),
                            new EngineTraits.Abilities(true, true, true, true, false, false),
                            null);
            bench.fleet.snapshot =
                    new FleetSnapshot(
                            List.of(node(true)),
                            List.of(),
                            List.of(),
                            List.of(),
                            Map.of("tiny", new KnownModel(4, 2048, traits)));
            JsonNode tiny = json(bench.get("/v1/models/tiny"));
            assertThat(tiny.path("status").asString()).isEqualTo("unloaded");
            for (String name :
                    new String[] {
                        "max_input_tokens", "context_length", "context_window", "max_model_len"
                    }) {
                assertThat(tiny.path(name).asInt()).as(name).isEqualTo(2048);
            }
            assertThat(tiny.at("/capabilities/tools").asBoolean()).isTrue();
            assertThat(tiny.at("/capabilities/embeddings").isBoolean()).isTrue();
            assertThat(tiny.at("/capabilities/image_input/supported").asBoolean()).isTrue();
            assertThat(tiny.at("/capabilities/thinking/types/enabled/supported").asBoolean())
                    .isTrue();
            assertThat(tiny.at("/capabilities/effort/high/supported").asBoolean()).isTrue();
            assertThat(tiny.at("/capabilities/effort/max/supported").asBoolean(true)).isFalse();
            assertThat(tiny.at("/architecture/input_modalities/1").asString()).isEqualTo("image");
        }
    }

    @Test
    void smallPages() throws Exception {
        try (Bench bench = new Bench()) {
            assertThat(bench.get("/").body()).contains("cortex");
            HttpResponse<String> head =
                    bench.send(
                            bench.to("/")
                                    .method("HEAD", HttpRequest.BodyPublishers.noBody())
                                    .build());
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            HttpResponse<String> options =
                    bench.send(
                            bench.to("/v1/chat/completions")
                                    .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                                    .build());
            assertThat(options.statusCode()).isEqualTo(204);
            assertThat(bench.get("/health").headers().firstValue("request-id")).isPresent();
        }
    }

    @Test
    void metricsHaveHelpBucketsAndZeros() throws Exception {
        try (Bench bench = new Bench()) {
            String text = bench.metrics();
            assertThat(text)
                    .contains(
                            "cortex_requests_total{endpoint=\"chat_completions\","
                                    + Bench.ROUTE
                                    + ",status=\"200\"}"
                                    + " 0.0")
                    .contains("cortex_cold_starts_total{model=\"tiny\",node=\"beast\"} 0.0")
                    .contains("# TYPE cortex_request_duration_seconds histogram")
                    .contains("# TYPE cortex_time_to_first_token_seconds histogram")
                    .contains("le=\"320.0\"")
                    .contains("cortex_requests_in_flight{model=\"tiny\",node=\"beast\"} 0.0")
                    .containsPattern("cortex_build_info\\{java=\".*\",version=\"\\d+\\.\\d+");
            long types = text.lines().filter(line -> line.startsWith("# TYPE")).count();
            long helps = text.lines().filter(line -> line.matches("# HELP \\S+ \\S.*")).count();
            assertThat(helps).isEqualTo(types);
        }
    }
}
