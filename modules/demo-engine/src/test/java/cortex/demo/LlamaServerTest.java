package cortex.demo;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.demo.RawClient.Reply;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What llama-server does besides chat: loading, slots, disconnects, the other routes.
final class LlamaServerTest {
    @Test
    void everyRouteIs503UntilTheModelIsThere() throws Exception {
        try (Started engine = new Started("--alias", "tiny")) {
            for (String path : List.of("/health", "/v1/models", "/metrics", "/nope")) {
                Reply reply = RawClient.get(engine.port(), path);
                assertThat(reply.status()).isEqualTo(503);
                assertThat(reply.body())
                        .isEqualTo(
                                "{\"error\":{\"message\":\"Loading"
                                        + " model\",\"type\":\"unavailable_error\",\"code\":503}}");
            }
            assertThat(RawClient.get(engine.port(), "/demo/stats").status()).isEqualTo(200);

            engine.engine.load();

            assertThat(RawClient.get(engine.port(), "/health").body())
                    .isEqualTo("{\"status\":\"ok\"}");
        }
    }

    @Test
    void theHeadOfAStreamGoesOutBeforeThereIsAToken() throws Exception {
        try (Started engine = Started.loaded("--sse-ping-interval", "0.05s");
                RawClient client = new RawClient(engine.port())) {
            client.send(
                    "POST",
                    "/v1/chat/completions",
                    RawClient.chatBody("[[silent 1h]]", ",\"stream\":true"));

            assertThat(client.head()).contains("Content-Type: text/event-stream");
            assertThat(client.chunk()).isEqualTo(":\n\n");
            assertThat(client.chunk()).isEqualTo(":\n\n");
        }
    }

    @Test
    void aClientThatLeavesFreesItsSlotAndTheNextInLineGetsIt() throws Exception {
        try (Started engine = Started.loaded("-np", "1", "-c", "4096")) {
            RawClient first = new RawClient(engine.port());
            first.send(
                    "POST",
                    "/v1/chat/completions",
                    RawClient.chatBody("[[stall after 2]]", ",\"stream\":true"));
            Started.until("the slot is taken", () -> engine.stat("active") == 1);
            AtomicBoolean answered = new AtomicBoolean();
            Thread second =
                    Thread.ofVirtual()
                            .start(() -> {
                                assertThat(RawClient.chat(engine.port(), "Hi", "").status())
                                        .isEqualTo(200);
                                answered.set(true);
                            });
            Started.until("the second waits", () -> engine.stat("queued") == 1);
            assertThat(answered).isFalse();

            first.close();

            second.join();
            assertThat(answered).isTrue();
            assertThat(engine.stat("cancelled")).isEqualTo(1);
            assertThat(engine.stat("completed")).isEqualTo(1);
        }
    }

    @Test
    void aClientThatLeavesTheQueueIsForgotten() throws Exception {
        try (Started engine = Started.loaded("-np", "1", "-c", "4096");
                RawClient busy = new RawClient(engine.port())) {
            String endless = RawClient.chatBody("[[silent 1h]]", ",\"stream\":true");
            busy.send("POST", "/v1/chat/completions", endless);
            Started.until("the slot is taken", () -> engine.stat("active") == 1);
            RawClient waiting = new RawClient(engine.port());
            waiting.send("POST", "/v1/chat/completions", endless);
            Started.until("the second waits", () -> engine.stat("queued") == 1);

            waiting.close();

            Started.until("the queue is empty", () -> engine.stat("queued") == 0);
            assertThat(engine.stat("active")).isEqualTo(1);
        }
    }

    @Test
    void aClientThatDoesNotStreamIsMissedOnlyAfterASecond() throws Exception {
        try (Started engine = Started.loaded()) {
            RawClient client = new RawClient(engine.port());
            client.send("POST", "/v1/chat/completions", RawClient.chatBody("[[silent 1h]]", ""));
            Started.until("the slot is taken", () -> engine.stat("active") == 1);
            long left = Started.TIME.nanos();

            client.close();

            Started.until("the slot is free", () -> engine.stat("active") == 0);
            assertThat(Started.TIME.nanos() - left).isGreaterThan(900_000_000L);
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
                    "POST /tokenize HTTP/1.1",
                    "Host: x",
                    "Transfer-Encoding: chunked",
                    "Expect: 100-continue",
                    "",
                    "8",
                    "{\"conten",
                    "b",
                    "t\":\"Hi Bo\"}",
                    "0",
                    "",
                    "GET /health HTTP/1.1",
                    "Host: x",
                    "");
            assertThat(client.head()).containsExactly("HTTP/1.1 100 Continue");
            assertThat(client.reply().json().path("tokens").size()).isEqualTo(2);
            assertThat(client.reply().body()).isEqualTo("{\"status\":\"ok\"}");

            assertThat(client.lines("NONSENSE", "").reply().status()).isEqualTo(400);
        }
    }

    @Test
    void theKeyIsAskedForEverywhereButAtHealth() throws Exception {
        try (Started engine = Started.loaded("--api-key", "sesame")) {
            assertThat(RawClient.get(engine.port(), "/health").status()).isEqualTo(200);
            Reply refused = RawClient.get(engine.port(), "/v1/models");
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.json().path("error").path("type").asString())
                    .isEqualTo("authentication_error");
            try (RawClient client = new RawClient(engine.port())) {
                client.lines(
                        "GET /v1/models HTTP/1.1", "Host: x", "Authorization: Bearer sesame", "");
                assertThat(client.reply().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void textCompletionsAreBothOpenAisAndNative() throws Exception {
        try (Started engine = Started.loaded("--alias", "tiny")) {
            String prompt = "{\"prompt\":\"Hi\",\"max_tokens\":3,\"n_predict\":3";
            Reply whole = RawClient.post(engine.port(), "/v1/completions", prompt + "}");
            assertThat(whole.json().path("choices").path(0).path("text").asString())
                    .isEqualTo("Hello fro");
            assertThat(whole.json().path("object").asString()).isEqualTo("text_completion");
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
            Reply own = RawClient.post(engine.port(), "/completion", prompt + ",\"stream\":true}");
            assertThat(own.events()).hasSize(4).doesNotContain("[DONE]");
            assertThat(own.chunks().getLast().path("stop").asBoolean()).isTrue();
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
    void textGoesToTokensAndBack() throws Exception {
        try (Started engine = Started.loaded()) {
            String tokens =
                    RawClient.post(engine.port(), "/tokenize", "{\"content\":\"naïve ☕ cafés\"}")
                            .body();
            assertThat(RawClient.post(engine.port(), "/detokenize", tokens).body())
                    .isEqualTo("{\"content\":\"naïve ☕ cafés\"}");
        }
    }

    @Test
    void itTellsAboutItself() throws Exception {
        try (Started engine = Started.loaded("--alias", "b,a", "--metrics", "-np", "3")) {
            RawClient.chat(engine.port(), "[[tokens 10]]", "");
            JsonNode models = RawClient.get(engine.port(), "/v1/models").json();
            assertThat(models.path("data").path(0).path("id").asString()).isEqualTo("a");
            assertThat(RawClient.get(engine.port(), "/props").json().path("total_slots").asInt())
                    .isEqualTo(3);
            assertThat(RawClient.get(engine.port(), "/slots").json().size()).isEqualTo(3);
            assertThat(RawClient.get(engine.port(), "/metrics").body())
                    .contains("\nllamacpp:tokens_predicted_total 10\n");
            assertThat(engine.stat("tokens")).isEqualTo(10);
            assertThat(RawClient.get(engine.port(), "/demo/last").json().path("body").asString())
                    .contains("[[tokens 10]]");
            Reply missing = RawClient.get(engine.port(), "/v1/chat/completions");
            assertThat(missing.status()).isEqualTo(404);
            assertThat(missing.body())
                    .isEqualTo(
                            "{\"error\":{\"message\":\"File Not"
                                    + " Found\",\"type\":\"not_found_error\",\"code\":404}}");
        }
    }
}
