package cortex.demo;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.demo.RawClient.End;
import cortex.demo.RawClient.Reply;
import cortex.demo.script.Scripts;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The shapes of chat completions as captured from llama-server b10573.
final class LlamaChatTest {
    private static final String WEATHER =
            ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\","
                    + "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":"
                    + "\"string\"}},\"required\":[\"city\"]}}}]";

    private static Started engine;

    @BeforeAll
    static void start() throws Exception {
        engine = Started.loaded("--alias", "tiny", "-c", "8192", "-np", "2");
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    private static Reply chat(String message, String more) {
        return RawClient.chat(engine.port(), message, more);
    }

    private static List<String> names(JsonNode node) {
        return List.copyOf(node.propertyNames());
    }

    @Test
    void severalAnswersEachTakeASlot() {
        JsonNode body = chat("Hi", ",\"n\":2").json();
        assertThat(body.path("choices")).hasSize(2);
        assertThat(body.at("/choices/1/index").asInt()).isEqualTo(1);
        assertThat(body.at("/choices/1/message/content").asString()).isEqualTo(Scripts.SENTENCE);
        String stream = chat("Hi", ",\"n\":2,\"stream\":true").body();
        assertThat(stream).containsOnlyOnce("[DONE]").endsWith("[DONE]\n\n");
        for (int i = 0; i < 2; i++) {
            assertThat(stream).containsOnlyOnce("{\"finish_reason\":\"stop\",\"index\":" + i);
        }
        assertThat(chat("Hi", ",\"n\":3").body())
                .contains("Field 'n': Value must be between 1 <= value <= 2, but got 3");
    }

    @Test
    void aWholeAnswerHasTheFieldsInOrder() {
        Reply reply = chat("Hi", "");

        assertThat(reply.head())
                .startsWith(
                        "HTTP/1.1 200 OK",
                        "Server: llama.cpp",
                        "Access-Control-Allow-Origin: ",
                        "Content-Type: application/json; charset=utf-8")
                .endsWith("Keep-Alive: timeout=5, max=100");
        JsonNode body = reply.json();
        assertThat(body.propertyNames())
                .containsExactly(
                        "choices",
                        "created",
                        "model",
                        "system_fingerprint",
                        "object",
                        "usage",
                        "id",
                        "timings");
        JsonNode choice = body.path("choices").path(0);
        assertThat(names(choice)).containsExactly("finish_reason", "index", "message");
        assertThat(choice.path("message").path("content").asString()).isEqualTo(Scripts.SENTENCE);
        assertThat(choice.path("finish_reason").asString()).isEqualTo("stop");
        assertThat(body.path("model").asString()).isEqualTo("tiny");
        assertThat(body.path("id").asString()).matches("chatcmpl-[A-Za-z0-9]{32}");
        JsonNode usage = body.path("usage");
        assertThat(usage.path("total_tokens").asInt())
                .isEqualTo(
                        usage.path("prompt_tokens").asInt()
                                + usage.path("completion_tokens").asInt());
        assertThat(names(body.path("timings")))
                .containsExactly(
                        "cache_n",
                        "prompt_n",
                        "prompt_ms",
                        "prompt_per_token_ms",
                        "prompt_per_second",
                        "predicted_n",
                        "predicted_ms",
                        "predicted_per_token_ms",
                        "predicted_per_second");
    }

    @Test
    void aStreamHasTimingsOnTheFinishChunkAndNoUsage() {
        Reply reply = chat("Hi", ",\"stream\":true");

        assertThat(reply.head())
                .containsExactly(
                        "HTTP/1.1 200 OK",
                        "Server: llama.cpp",
                        "Access-Control-Allow-Origin: ",
                        "X-Accel-Buffering: no",
                        "Content-Type: text/event-stream",
                        "Transfer-Encoding: chunked",
                        "Keep-Alive: timeout=5, max=100");
        assertThat(reply.end()).isEqualTo(End.PROPER);
        assertThat(reply.events().getLast()).isEqualTo("[DONE]");
        List<JsonNode> chunks = reply.chunks();
        assertThat(chunks.getFirst().path("choices").path(0).path("delta").toString())
                .isEqualTo("{\"role\":\"assistant\",\"content\":null}");
        JsonNode last = chunks.getLast();
        assertThat(last.path("choices").path(0).toString())
                .isEqualTo("{\"finish_reason\":\"stop\",\"index\":0,\"delta\":{}}");
        assertThat(names(last))
                .containsExactly(
                        "choices",
                        "created",
                        "id",
                        "model",
                        "system_fingerprint",
                        "object",
                        "timings");
        assertThat(reply.body()).doesNotContain("usage");
        assertThat(reply.text()).isEqualTo(Scripts.SENTENCE);
    }

    @Test
    void usageComesInAChunkOfItsOwnWhenAskedFor() {
        Reply reply = chat("Hi", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}");

        List<JsonNode> chunks = reply.chunks();
        JsonNode finish = chunks.get(chunks.size() - 2);
        assertThat(finish.has("timings")).isFalse();
        JsonNode last = chunks.getLast();
        assertThat(last.path("choices").isEmpty()).isTrue();
        assertThat(names(last)).endsWith("usage", "timings");
        assertThat(last.path("usage").path("completion_tokens").asInt())
                .isEqualTo(chunks.size() - 3);
    }

    @Test
    void aToolIsCalledAndItsArgumentsAreStreamed() {
        JsonNode whole = chat("Hi", WEATHER).json().path("choices").path(0);
        assertThat(whole.path("finish_reason").asString()).isEqualTo("tool_calls");
        JsonNode call = whole.path("message").path("tool_calls").path(0);
        assertThat(names(call)).containsExactly("type", "function", "id");
        assertThat(call.path("function").toString())
                .isEqualTo(
                        "{\"name\":\"get_weather\",\"arguments\":\"{\\\"city\\\":"
                                + " \\\"Paris\\\"}\"}");
        assertThat(whole.path("message").path("content").asString("missing")).isEmpty();

        Reply stream = chat("Hi", WEATHER + ",\"stream\":true");
        StringBuilder arguments = new StringBuilder();
        for (JsonNode chunk : stream.chunks()) {
            JsonNode delta = chunk.path("choices").path(0).path("delta").path("tool_calls").path(0);
            arguments.append(delta.path("function").path("arguments").asString(""));
        }
        assertThat(arguments).hasToString("{\"city\": \"Paris\"}");
        JsonNode first = stream.chunks().get(1).path("choices").path(0).path("delta");
        assertThat(names(first.path("tool_calls").path(0)))
                .containsExactly("index", "id", "type", "function");
        JsonNode second = stream.chunks().get(2).path("choices").path(0).path("delta");
        assertThat(names(second.path("tool_calls").path(0))).containsExactly("index", "function");
    }

    @Test
    void directivesCallSeveralToolsAtOnce() {
        JsonNode message =
                chat(
                                "[[tool get_weather {\"city\":\"Oslo\"}]]"
                                        + " [[tool get_weather {\"city\":\"[[Rome]]\"}]]",
                                WEATHER)
                        .json()
                        .path("choices")
                        .path(0)
                        .path("message");
        assertThat(message.path("tool_calls").size()).isEqualTo(2);
        assertThat(message.path("tool_calls").path(1).path("function").path("arguments").asString())
                .isEqualTo("{\"city\":\"[[Rome]]\"}");
    }

    @Test
    void aToolsResultIsAnsweredWithText() {
        String body =
                "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
                        + "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"1\","
                        + "\"type\":\"function\",\"function\":{\"name\":\"get_weather\","
                        + "\"arguments\":\"{}\"}}]},"
                        + "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"sunny\"}]"
                        + WEATHER
                        + "}";
        Reply reply = RawClient.post(engine.port(), "/v1/chat/completions", body);
        assertThat(reply.json().path("choices").path(0).path("finish_reason").asString())
                .isEqualTo("stop");
    }

    @Test
    void thinkingComesFirstAndApart() {
        JsonNode message = chat("please think", "").json().path("choices").path(0).path("message");
        assertThat(names(message)).containsExactly("role", "content", "reasoning_content");
        assertThat(message.path("reasoning_content").asString())
                .isEqualTo("Let me think about that.\n");
    }

    @Test
    void aLimitEndsWithLength() {
        JsonNode body = chat("forever", ",\"max_tokens\":7").json();
        assertThat(body.path("choices").path(0).path("finish_reason").asString())
                .isEqualTo("length");
        assertThat(body.path("usage").path("completion_tokens").asInt()).isEqualTo(7);
    }

    @Test
    void theContextEndsAnEndlessAnswerAndRefusesALongPrompt() {
        JsonNode usage = chat("forever", "").json().path("usage");
        assertThat(usage.path("total_tokens").asInt()).isEqualTo(4096);

        Reply reply = chat("a".repeat(20_000), ",\"stream\":true");
        assertThat(reply.status()).isEqualTo(400);
        JsonNode error = reply.json().path("error");
        assertThat(names(error))
                .containsExactly("code", "message", "type", "n_prompt_tokens", "n_ctx");
        assertThat(error.path("type").asString()).isEqualTo("exceed_context_size_error");
    }

    @Test
    void aConversationGoneOnFindsItsBeginningCached() {
        chat("[[say one]] a question of some length that is asked again", "");
        JsonNode usage =
                chat("[[say one]] a question of some length that is asked again", "")
                        .json()
                        .path("usage");
        assertThat(usage.path("prompt_tokens_details").path("cached_tokens").asInt())
                .isEqualTo(usage.path("prompt_tokens").asInt() - 1);
    }

    @Test
    void aJsonSchemaIsSatisfied() {
        Reply reply =
                chat(
                        "Hi",
                        ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":"
                                + "\"x\",\"schema\":{\"type\":\"object\",\"properties\":{\"n\":{"
                                + "\"type\":\"integer\"},\"tags\":{\"type\":\"array\",\"items\":{"
                                + "\"type\":\"string\"}}},\"required\":[\"n\",\"tags\"]}}}");
        String content =
                reply.json().path("choices").path(0).path("message").path("content").asString();
        assertThat(content).isEqualTo("{\"n\":1,\"tags\":[\"tags\"]}");
    }

    @Test
    void errorsAreLlamaServers() {
        record Case(String body, int status, String error) {}
        List<Case> cases =
                List.of(
                        new Case(
                                "{}",
                                400,
                                "{\"code\":400,\"message\":\"'messages' is"
                                        + " required\",\"type\":\"invalid_request_error\"}"),
                        new Case(
                                "{\"messages\":\"x\"}",
                                400,
                                "{\"code\":400,\"message\":\"Expected 'messages' to be an"
                                        + " array\",\"type\":\"invalid_request_error\"}"),
                        new Case(
                                "{\"messages\":[{\"role\":\"user\"}]}",
                                400,
                                "{\"code\":400,\"message\":\"All non-assistant messages must"
                                    + " contain 'content'\",\"type\":\"invalid_request_error\"}"),
                        new Case(
                                "",
                                500,
                                "{\"code\":500,\"message\":\"[json.exception.parse_error.101] parse"
                                    + " error at line 1, column 1: attempting to parse an empty"
                                    + " input; check that your input string or stream contains the"
                                    + " expected JSON\",\"type\":\"server_error\"}"));
        for (Case one : cases) {
            Reply reply = RawClient.post(engine.port(), "/v1/chat/completions", one.body());
            assertThat(reply.status()).as(one.body()).isEqualTo(one.status());
            assertThat(reply.json().path("error").toString()).isEqualTo(one.error());
            assertThat(reply.has("Connection: close")).isTrue();
        }
        Reply broken = RawClient.post(engine.port(), "/v1/chat/completions", "{");
        assertThat(broken.status()).isEqualTo(500);
        assertThat(broken.body()).contains("json.exception.parse_error.101");
    }

    @Test
    void faultsHappenWhereTheScriptSays() {
        Reply error = chat("[[error after 3]]", ",\"stream\":true");
        assertThat(error.end()).isEqualTo(End.PROPER);
        assertThat(error.events()).hasSize(5);
        assertThat(error.events().getLast()).startsWith("{\"error\":{\"code\":500,");

        Reply cut = chat("[[die after 2]]", ",\"stream\":true");
        assertThat(cut.end()).isEqualTo(End.CUT);
        assertThat(cut.events()).hasSize(3);

        assertThat(chat("[[refuse 503]]", ",\"stream\":true").status()).isEqualTo(503);
        assertThat(chat("[[error after 3]]", "").status()).isEqualTo(500);

        chat("[[crash after 1]]", "");
        assertThat(engine.crashes).hasValue(1);
    }
}
