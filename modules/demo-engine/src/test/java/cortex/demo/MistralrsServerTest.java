package cortex.demo;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.demo.RawClient.Reply;
import cortex.demo.script.Scripts;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// mistral.rs's wire and the sharp edges of its lifecycle.
final class MistralrsServerTest {
    private static Started start(String... more) throws Exception {
        List<String> args =
                new java.util.ArrayList<>(List.of("--api", "mistralrs", "--models", "a,b"));
        args.addAll(List.of(more));
        return Started.loaded(args.toArray(String[]::new));
    }

    private static String status(Started engine, String action, String id) {
        Reply reply =
                RawClient.post(
                        engine.port(), "/v1/models/" + action, "{\"model_id\":\"" + id + "\"}");
        assertThat(reply.status()).isEqualTo(200);
        return reply.json().path("status").asString();
    }

    private static Reply chat(Started engine, String model, String message, String more) {
        return RawClient.chat(engine.port(), message, ",\"model\":\"" + model + "\"" + more);
    }

    @Test
    void thePortIsBoundOnlyAfterTheLoad() throws Exception {
        try (Started engine = new Started("--api", "mistralrs", "-m", "org/model")) {
            assertThat(engine.port()).isZero();
            engine.engine.load();
            assertThat(RawClient.get(engine.port(), "/health").body()).isEqualTo("OK");
        }
    }

    @Test
    void everyChunkHasRoleAndNullsAndTheLastHasUsage() throws Exception {
        try (Started engine = start()) {
            Reply reply = chat(engine, "a", "Hi", ",\"stream\":true");
            assertThat(reply.head()).contains("Content-Type: text/event-stream");
            List<JsonNode> chunks = reply.chunks();
            assertThat(chunks)
                    .allSatisfy(chunk -> {
                        JsonNode delta = chunk.path("choices").path(0).path("delta");
                        assertThat(delta.path("role").asString()).isEqualTo("assistant");
                        assertThat(delta.has("tool_calls")).isTrue();
                        assertThat(chunk.has("usage")).isTrue();
                    });
            assertThat(chunks.getFirst().path("usage").isNull()).isTrue();
            assertThat(chunks.getFirst().propertyNames())
                    .containsExactly(
                            "id",
                            "choices",
                            "created",
                            "model",
                            "system_fingerprint",
                            "object",
                            "usage");
            JsonNode last = chunks.getLast();
            assertThat(last.path("choices").path(0).path("finish_reason").asString())
                    .isEqualTo("stop");
            assertThat(last.path("usage").path("completion_tokens").asInt())
                    .isEqualTo(chunks.size() - 1);
            assertThat(reply.events().getLast()).isEqualTo("[DONE]");
            assertThat(reply.text()).isEqualTo(Scripts.SENTENCE);
        }
    }

    @Test
    void toolCallsComeWholeWithTheFinish() throws Exception {
        try (Started engine = start()) {
            String tool =
                    ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"look\","
                            + "\"parameters\":{\"type\":\"object\"}}}],\"stream\":true";
            List<JsonNode> chunks =
                    chat(engine, "a", "[[tool look {\"at\":\"it\"}]]", tool).chunks();
            JsonNode choice = chunks.getFirst().path("choices").path(0);
            assertThat(chunks).hasSize(1);
            assertThat(choice.path("finish_reason").asString()).isEqualTo("tool_calls");
            assertThat(choice.at("/delta/tool_calls/0/function/arguments").asString())
                    .isEqualTo("{\"at\":\"it\"}");
        }
    }

    @Test
    void lifecycleCallsAreAlways200AndReloadLeavesAPhantom() throws Exception {
        try (Started engine = start()) {
            assertThat(status(engine, "status", "a")).isEqualTo("loaded");
            assertThat(status(engine, "status", "default")).isEqualTo("not_found");
            assertThat(status(engine, "unload", "nope")).isEqualTo("not_found");
            assertThat(status(engine, "unload", "b")).isEqualTo("unloaded");
            assertThat(status(engine, "unload", "b")).isEqualTo("unloaded");
            assertThat(status(engine, "reload", "b")).isEqualTo("loaded");

            assertThat(status(engine, "reload", "a")).isEqualTo("not_found");
            assertThat(status(engine, "status", "a")).isEqualTo("reloading");
            assertThat(status(engine, "reload", "a")).isEqualTo("reloading");
            assertThat(RawClient.get(engine.port(), "/v1/models").body())
                    .contains("\"status\":\"loaded\"")
                    .contains("\"status\":\"reloading\"");
            assertThat(chat(engine, "a", "Hi", "").status()).isEqualTo(200);
        }
    }

    @Test
    void theModelListBeginsWithADefaultWithoutStatus() throws Exception {
        try (Started engine = start()) {
            JsonNode data = RawClient.get(engine.port(), "/v1/models").json().path("data");
            assertThat(data.path(0).path("id").asString()).isEqualTo("default");
            assertThat(data.path(0).has("status")).isFalse();
            assertThat(data.path(1).path("status").asString()).isEqualTo("loaded");
        }
    }

    @Test
    void anUnloadedModelIsReloadedByARequestAndOthersGet500Meanwhile() throws Exception {
        try (Started engine = start("--load-time", "400ms")) {
            status(engine, "unload", "b");
            CountDownLatch done = new CountDownLatch(1);
            Thread.ofVirtual()
                    .start(() -> {
                        assertThat(chat(engine, "b", "Hi", "").status()).isEqualTo(200);
                        done.countDown();
                    });
            Started.until("reloading", () -> status(engine, "status", "b").equals("reloading"));
            Reply meanwhile = chat(engine, "b", "Hi", "");
            assertThat(meanwhile.status()).isEqualTo(500);
            assertThat(meanwhile.body()).isEqualTo("{\"message\":\"model `b` is being reloaded\"}");
            done.await();
            assertThat(status(engine, "status", "b")).isEqualTo("loaded");
        }
    }

    @Test
    void unloadingTruncatesStreams() throws Exception {
        try (Started engine = start();
                RawClient client = new RawClient(engine.port())) {
            String body = RawClient.chatBody("[[speed 0.01]]", ",\"model\":\"a\",\"stream\":true");
            client.send("POST", "/v1/chat/completions", body);
            client.head();
            assertThat(client.chunk()).contains("\"content\":\"Hell\"");

            status(engine, "unload", "a");

            assertThat(client.chunk()).isEmpty();
        }
    }

    @Test
    void errorsHaveNoErrorObject() throws Exception {
        try (Started engine = start("--max-seq-len", "100")) {
            Reply unknown = chat(engine, "x", "Hi", "");
            assertThat(unknown.status()).isEqualTo(500);
            assertThat(unknown.body())
                    .isEqualTo(
                            "{\"message\":\"Requested model 'x' is not available. Available models:"
                                    + " a, b. Use 'default' to use the default model.\"}");
            Reply broken = RawClient.post(engine.port(), "/v1/chat/completions", "{");
            assertThat(broken.status()).isEqualTo(400);
            assertThat(RawClient.post(engine.port(), "/v1/chat/completions", "{}").status())
                    .isEqualTo(422);
            try (RawClient client = new RawClient(engine.port())) {
                client.lines(
                                "POST /v1/chat/completions HTTP/1.1",
                                "Host: x",
                                "Content-Length: 2",
                                "")
                        .raw("{}");
                assertThat(client.reply().status()).isEqualTo(415);
            }
            String tooLong = "a".repeat(1000);
            assertThat(chat(engine, "a", tooLong, "").status()).isEqualTo(422);
            Reply stream = chat(engine, "a", tooLong, ",\"stream\":true");
            assertThat(stream.status()).isEqualTo(200);
            assertThat(stream.events()).hasSize(2).last().isEqualTo("[DONE]");
            assertThat(stream.events().getFirst()).contains("truncate_sequence");
            Reply inStream = chat(engine, "a", "[[error after 1]]", ",\"stream\":true");
            assertThat(inStream.events())
                    .element(1)
                    .isEqualTo(
                            "{\"error\":{\"message\":\"the script failed"
                                    + " here\",\"type\":\"server_error\","
                                    + "\"param\":null,\"code\":null}}");
        }
    }
}
