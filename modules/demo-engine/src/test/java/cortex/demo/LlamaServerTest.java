package cortex.demo;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.demo.RawClient.Reply;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What llama-server does besides chat: loading, slots, disconnects, the other routes.
final class LlamaServerTest {
    @Test
    void everyRouteIs503UntilTheModelIsThere() throws Exception {
        try (Started engine = new Started("--alias", "tiny")) {
            for (String path : List.of("/health", "/v1/models", "/nope")) {
                Reply reply = RawClient.get(engine.port(), path);
                assertThat(reply.status()).isEqualTo(503);
                assertThat(reply.body())
                        .isEqualTo(
                                "{\"error\":{\"message\":\"Loading"
                                        + " model\",\"type\":\"unavailable_error\",\"code\":503}}");
            }

            engine.engine.load();

            assertThat(RawClient.get(engine.port(), "/health").body())
                    .isEqualTo("{\"status\":\"ok\"}");
        }
    }

    private static final String SLOW = RawClient.chatBody("[[speed 0.01]]", ",\"stream\":true");

    @Test
    void theHeadOfAStreamGoesOutBeforeItsSecondToken() throws Exception {
        try (Started engine = Started.loaded();
                RawClient client = new RawClient(engine.port())) {
            client.send("POST", "/v1/chat/completions", SLOW);

            assertThat(client.head()).contains("Content-Type: text/event-stream");
            assertThat(client.chunk()).contains("\"role\":\"assistant\"");
        }
    }

    @Test
    void aClientThatLeavesFreesItsSlotAndTheNextInLineGetsIt() throws Exception {
        try (Started engine = Started.loaded("-np", "1", "-c", "4096")) {
            RawClient first = new RawClient(engine.port());
            first.send("POST", "/v1/chat/completions", SLOW);
            Started.until("the slot is taken", engine::busy);
            RawClient leaves = new RawClient(engine.port());
            leaves.send("POST", "/v1/chat/completions", SLOW);
            leaves.close();
            Thread last =
                    Thread.ofVirtual()
                            .start(() ->
                                    assertThat(RawClient.chat(engine.port(), "Hi", "").status())
                                            .isEqualTo(200));

            first.close();

            last.join();
            Started.until("the slot is free", () -> !engine.busy());
        }
    }

    @Test
    void whoeverDoesNotStreamMayLeaveToo() throws Exception {
        try (Started engine = Started.loaded()) {
            RawClient client = new RawClient(engine.port());
            client.send("POST", "/v1/chat/completions", RawClient.chatBody("[[speed 0.01]]", ""));
            Started.until("the slot is taken", engine::busy);

            client.close();

            Started.until("the slot is free", () -> !engine.busy());
        }
    }

    @Test
    void theHundredthRequestOfAConnectionIsItsLast() throws Exception {
        try (Started engine = Started.loaded();
                RawClient client = new RawClient(engine.port())) {
            for (int i = 1; i < 100; i++) {
                assertThat(client.send("GET", "/health", "").reply().has("Connection: close"))
                        .isFalse();
            }
            assertThat(client.send("GET", "/health", "").reply().has("Connection: close")).isTrue();
        }
    }

    @Test
    void pipelinedChunkedAndExpectingRequestsAreUnderstood() throws Exception {
        try (Started engine = Started.loaded();
                RawClient client = new RawClient(engine.port())) {
            client.lines(
                    "POST /v1/completions HTTP/1.1",
                    "Host: x",
                    "Transfer-Encoding: chunked",
                    "Expect: 100-continue",
                    "",
                    "7",
                    "{\"promp",
                    "8",
                    "t\":\"Hi\"}",
                    "0",
                    "",
                    "GET /health HTTP/1.1",
                    "Host: x",
                    "");
            assertThat(client.head()).containsExactly("HTTP/1.1 100 Continue");
            assertThat(client.reply().json().path("object").asString())
                    .isEqualTo("text_completion");
            assertThat(client.reply().body()).isEqualTo("{\"status\":\"ok\"}");
        }
    }

    @Test
    void textIsCompleted() throws Exception {
        try (Started engine = Started.loaded("--alias", "tiny")) {
            String prompt = "{\"prompt\":\"Hi\",\"max_tokens\":3";
            Reply whole = RawClient.post(engine.port(), "/v1/completions", prompt + "}");
            assertThat(whole.json().path("choices").path(0).path("text").asString())
                    .isEqualTo("Hello fro");
            Reply stream =
                    RawClient.post(
                            engine.port(),
                            "/v1/completions",
                            prompt
                                    + ",\"stream\":true,"
                                    + "\"stream_options\":{\"include_usage\":true}}");
            JsonNode last = stream.chunks().getLast();
            assertThat(last.path("choices").path(0).path("finish_reason").asString())
                    .isEqualTo("length");
            assertThat(last.path("usage").path("completion_tokens").asInt()).isEqualTo(3);
            assertThat(stream.events().getLast()).isEqualTo("[DONE]");
        }
    }

    @Test
    void vectorsNeedTheirSwitchesAndAreTheSameForTheSameText() throws Exception {
        String input = "{\"input\":[\"cats purr\",\"cats purr\",\"stocks fell\"]}";
        try (Started engine = Started.loaded()) {
            assertThat(RawClient.post(engine.port(), "/v1/embeddings", input).status())
                    .isEqualTo(501);
        }
        try (Started engine = Started.loaded("--embeddings", "--rerank")) {
            JsonNode data =
                    RawClient.post(engine.port(), "/v1/embeddings", input).json().path("data");
            assertThat(data.path(0).path("embedding")).isEqualTo(data.path(1).path("embedding"));
            assertThat(data.path(0).path("embedding")).isNotEqualTo(data.path(2).path("embedding"));
            Reply base64 =
                    RawClient.post(
                            engine.port(),
                            "/v1/embeddings",
                            "{\"input\":\"x\",\"encoding_format\":\"base64\"}");
            assertThat(base64.json().path("data").path(0).path("embedding").asString())
                    .hasSize(344);
            JsonNode ranked =
                    RawClient.post(
                                    engine.port(),
                                    "/v1/rerank",
                                    "{\"query\":\"purr\",\"documents\":[\"stocks fell\",\"cats"
                                            + " purr\"]}")
                            .json();
            assertThat(ranked.path("results").path(0).path("index").asInt()).isEqualTo(1);
        }
    }

    @Test
    void itTellsAboutItself() throws Exception {
        try (Started engine = Started.loaded("--alias", "b,a", "-np", "3")) {
            JsonNode models = RawClient.get(engine.port(), "/v1/models").json();
            assertThat(models.path("data").path(0).path("id").asString()).isEqualTo("a");
            assertThat(RawClient.get(engine.port(), "/props").json().path("total_slots").asInt())
                    .isEqualTo(3);
            assertThat(RawClient.get(engine.port(), "/slots").json().size()).isEqualTo(3);
            Reply missing = RawClient.get(engine.port(), "/v1/chat/completions");
            assertThat(missing.status()).isEqualTo(404);
            assertThat(missing.body())
                    .isEqualTo(
                            "{\"error\":{\"message\":\"File Not"
                                    + " Found\",\"type\":\"not_found_error\",\"code\":404}}");
        }
    }
}
