package cortex.cli;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.cli.Console.Result;
import cortex.core.node.Json;
import cortex.relay.http.RunningServer;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The commands that ask a gateway, against one that says what the test tells it to.
class AskingCommandsTest {
    private static final String FLEET =
            """
            {"nodes": [
              {"name": "beast", "endpoint": "http://b:9090", "healthy": true, "answered": true,
               "problem": null,
               "discovery": {"version": "0.1.0", "note": "nvidia-smi says: mismatch.",
                "devices": [
                 {"index": 0, "vendor": "nvidia", "name": "RTX 4090", "vram_total_mb": 24576,
                  "capability": {"driver": "580.95"}},
                 {"index": 1, "name": "RTX 3060", "vram_total_mb": null}]},
               "health": {"devices": [
                 {"index": 0, "vram_free_mb": 5120, "utilization_pct": 97, "temp_c": 71},
                 {"index": 1, "vram_free_mb": null}]}},
              {"name": "cpu", "endpoint": "http://c:9090", "healthy": true, "answered": true,
               "pins": ["coder"], "unknown_models": {"count": 1, "names": ["former"]},
               "problem": null, "discovery": {"devices": [], "ram_total_mb": 8192},
               "health": {"devices": [], "ram_free_mb": 2048}},
              {"name": "gone", "endpoint": "http://g:9090", "healthy": false, "answered": false,
               "problem": "refused it: is neuron there?", "discovery": null,
               "health": {"devices": [], "ram_free_mb": 999}}],
             "replicas": [
              {"model": "org/coder", "node": "beast", "status": "loaded", "devices": [0, 1],
               "in_flight": 3, "vram_used_mb": 19456, "context": 32768, "reason": null},
              {"model": "tiny", "node": "cpu", "status": "failed", "devices": [],
               "in_flight": 0, "vram_used_mb": 512, "context": null,
               "reason": "cudaMalloc failed: out of memory",
               "failure": {"node": "cpu", "times": 3, "reason": "the engine exited with code 1",
                "cause": {"kind": "out_of_memory", "line": "cudaMalloc failed: out of memory"},
                "ago_secs": 312.5, "retry_in_secs": 3.2,
                "log": "cortex logs tiny cpu"}},
              {"model": "mini", "node": "cpu", "status": "failed", "devices": [],
               "in_flight": 0, "vram_used_mb": null, "context": null,
               "reason": "no port is free",
               "failure": {"node": "cpu", "times": 1, "reason": "no port is free",
                "cause": {"kind": "other", "line": null}, "ago_secs": 4,
                "retry_in_secs": null, "log": null}}]}
            """;

    private static final String MODELS =
            """
            {"object": "list", "data": [
              {"id": "short", "root": "org/tiny", "status": "loaded", "aliases": []},
              {"id": "org/coder", "status": "loaded", "node": "beast", "nodes": ["beast", "mini"], "aliases": ["coder", "c"]},
              {"id": "tiny", "status": "unavailable", "node": null, "aliases": []}]}
            """;

    private final AtomicReference<String> body = new AtomicReference<>("");
    private final AtomicReference<String> key = new AtomicReference<>("");
    private final AtomicReference<String> stream = new AtomicReference<>("");
    private final AtomicReference<Status> ready = new AtomicReference<>(Status.OK_200);
    private RunningServer gateway;

    @BeforeEach
    void startGateway() {
        gateway = LoopbackGateway.with(this::routes);
    }

    @AfterEach
    void stopGateway() {
        gateway.close();
    }

    private void routes(HttpRouting.Builder routes) {
        routes.get("/admin/fleet", (_, response) -> response.send(FLEET))
                .get("/v1/models", (_, response) -> response.send(MODELS))
                .get("/ready", (_, response) -> ready(response))
                .post("/v1/chat/completions", this::chat);
    }

    private void ready(ServerResponse response) {
        String why =
                "{\"status\": \"not ready\", \"reason\": \"no neuron has answered yet (gone:"
                        + " refused it: is neuron there?)\"}";
        response.status(ready.get()).send(why);
    }

    private void chat(ServerRequest request, ServerResponse response) {
        body.set(request.content().as(String.class));
        key.set(request.headers().first(HeaderNames.AUTHORIZATION).orElse(""));
        if (!body.get().contains("\"tiny\"")) {
            response.status(Status.NOT_FOUND_404)
                    .send("{\"error\": {\"message\": \"Unknown model 'tniy'.\"}}");
            return;
        }
        response.send(stream.get());
    }

    private Result run(String stdin, String... args) {
        Map<String, String> environment =
                Map.of("CORTEX_URL", "http://" + gateway.address() + "/", "CORTEX_API_KEY", "sk-1");
        return Console.run(stdin, environment, args);
    }

    @Test
    void statusShowsTheFleet() {
        Result result = run("", "status");
        assertThat(result.err()).isEmpty();
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .isEqualTo(
                        """
                        cortex at http://%s: ready

                        NODE   STATE      DEVICE      FREE      TOTAL      BUSY  TEMP
                        beast  healthy    0 RTX 4090  5120 MiB  24576 MiB  97 %%  71 °C
                                          1 RTX 3060  -         -          -     -
                        cpu    healthy    RAM         2048 MiB  8192 MiB   -     -
                        gone   unhealthy  RAM         -         -          -     -
                          beast: its devices cannot be read: nvidia-smi says: mismatch.
                          cpu: holds former, not in models.toml.
                          cpu: pinned but not loaded: coder.
                          gone: refused it: is neuron there?
                          beast: neuron 0.1.0, nvidia driver 580.95

                        MODEL      NODE   STATUS  DEVICES  IN-FLIGHT  MEMORY     CONTEXT
                        org/coder  beast  loaded  0, 1     3          19456 MiB  32768
                        tiny       cpu    failed  -        0          512 MiB    -
                        mini       cpu    failed  -        0          -          -
                          tiny on cpu (5 min ago, 3 times in a row): loading failed: cudaMalloc failed: out of memory (the engine's log: cortex logs tiny cpu). Next try in 4 s.
                          mini on cpu (4 s ago): loading failed: no port is free. Once that is mended: cortex load mini NODE.

                        1 model can be served, 1 cannot. cortex models lists them.
                        """
                                .formatted(gateway.address()));
    }

    @Test
    void statusSaysWhyItIsNotReady() {
        ready.set(Status.SERVICE_UNAVAILABLE_503);
        Result result = run("", "status");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out())
                .startsWith("cortex at http://")
                .contains(": not ready: no neuron has answered yet\n");
    }

    @Test
    void modelsListsThem() {
        Result result = run("", "models");
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .isEqualTo(
                        """
                        MODEL      STATUS       NODES        ALIASES
                        org/coder  loaded       beast, mini  coder, c
                        tiny       unavailable  -            -
                        """);
    }

    @Test
    void chatPrintsTheAnswerAsItComes() {
        stream.set(
                """
                : keepalive

                data: {"choices":[{"delta":{"role":"assistant","content":""}}]}

                data: {"choices":[{"delta":{"content":"Hello, "}}]}

                data: {"choices":[{"delta":{"content":"wörld"}}]}

                data: {"choices":[],"usage":{"completion_tokens":2}}

                data: [DONE]

                """);
        Result result = run("", "chat", "tiny", "say", "hello");
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).isEqualTo("Hello, wörld\n");
        assertThat(result.code()).isZero();
        assertThat(key).hasValue("Bearer sk-1");
        JsonNode sent = Json.MAPPER.readTree(body.get());
        assertThat(sent.path("stream").asBoolean()).isTrue();
        assertThat(sent.path("messages").path(0).path("content").asString()).isEqualTo("say hello");
    }

    @Test
    void chatTakesItsTextFromStdin() {
        stream.set("data: [DONE]\n\n");
        assertThat(run("what is\nthis?", "chat", "tiny").code()).isZero();
        assertThat(Json.MAPPER.readTree(body.get()).path("messages").path(0).path("content"))
                .hasToString("\"what is\\nthis?\"");
        Result nothing = run(" \n", "chat", "tiny");
        assertThat(nothing.code()).isEqualTo(1);
        assertThat(nothing.err())
                .isEqualTo("cortex: no message. Give it as an argument or on stdin.\n");
    }

    @Test
    void anAnswerThatIsNotWholeIsAFailure() {
        stream.set("data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n");
        Result broken = run("", "chat", "tiny", "x");
        assertThat(broken.code()).isEqualTo(1);
        assertThat(broken.out()).isEqualTo("Hel\n");
        assertThat(broken.err()).isEqualTo("cortex: the answer broke off before its end.\n");
        stream.set(
                """
                data: {"choices":[{"delta":{"content":"Hel"}}]}

                data: {"error":{"message":"The engine died."}}

                """);
        assertThat(run("", "chat", "tiny", "x").err())
                .isEqualTo("cortex: the answer ended with an error: The engine died.\n");
    }

    @Test
    void anAnswerThatNeverBeganHasNotEnded() {
        stream.set("data: {\"error\":{\"message\":\"No node can serve it.\"}}\n\n");
        Result result = run("", "chat", "tiny", "x");
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).isEqualTo("cortex: No node can serve it.\n");
    }

    @Test
    void refusalsAreTheGatewaysOwnWords() {
        Result result = run("", "chat", "tniy", "x");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).isEqualTo("cortex: Unknown model 'tniy'.\n");
    }

    @Test
    void whereNothingAnswersItSaysSo() {
        String url = "http://" + gateway.address();
        gateway.close();
        Result result = Console.run("", Map.of(), "status", "--url", url);
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo(
                        "cortex: no answer from "
                                + url
                                + " (connection refused). Is cortex running there? --url or"
                                + " CORTEX_URL says where.\n");
        assertThat(Console.run("", Map.of(), "models", "--url", "not a url").err())
                .contains("'not a url' is not the URL of a gateway");
    }
}
