package cortex.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.chat.ChatJson;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Requests for more answers than they are given slots: they are asked in parts, and answered as if
/// the engine had given all at once.
@Timeout(60)
class PartsTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String TEXT = "/v1/completions";

    private final Bench bench = new Bench();

    @BeforeEach
    void answers() {
        bench.fleet.slots = 2;
        bench.engine.script = PartsTest::answer;
    }

    @AfterEach
    void end() throws Exception {
        bench.close();
        assertThat(bench.fleet.openLeases).hasValue(0);
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static String ask(String fields) {
        return json("{'model':'tiny'," + fields + "}");
    }

    private static String chat(int n, String more) {
        return ask("'messages':[{'role':'user','content':'hi'}],'n':" + n + more);
    }

    /// Says of each answer which request it is from, as llama-server does: one usage for all of
    /// them, and in a stream one for each.
    private static void answer(RawEngine.Received request, RawEngine.Wire wire) throws Exception {
        ObjectNode asked = ChatJson.object(request.body().getBytes(UTF_8));
        JsonNode prompt = asked.path("prompt");
        int prompts = prompt.isArray() ? prompt.size() : 1;
        int each = asked.path("n").asInt(1);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < prompts * each; i++) {
            texts.add((prompt.isArray() ? prompt.get(i / each).asString() : "p") + i % each);
        }
        int number = wire.engine().requests.size();
        String usage =
                json(
                        "'usage':{'completion_tokens':4,'prompt_tokens':7,'total_tokens':11,"
                                + "'prompt_tokens_details':{'cached_tokens':0}}");
        String tail = json(",'created':" + number + ",'id':'x" + number + "','model':'tiny'");
        if (!asked.path("stream").asBoolean(false)) {
            String choices =
                    IntStream.range(0, texts.size())
                            .mapToObj(i -> choice(i, "text", texts.get(i), "'stop'"))
                            .collect(Collectors.joining(","));
            wire.json(200, "{\"choices\":[" + choices + "]" + tail + "," + usage + "}");
            return;
        }
        StringBuilder stream = new StringBuilder();
        for (int i = texts.size() - 1; i >= 0; i--) {
            stream.append(chunk(choice(i, "text", texts.get(i), "null"), tail));
            stream.append(chunk(choice(i, "text", "", "'stop'"), tail));
            if (asked.path("stream_options").path("include_usage").asBoolean(false)) {
                stream.append(chunk("", tail + "," + usage));
            }
        }
        wire.stream(stream.toString(), RelayTest.DONE);
    }

    private static String choice(int index, String name, String text, String finish) {
        return json(
                "{'"
                        + name
                        + "':'"
                        + text
                        + "','index':"
                        + index
                        + ",'finish_reason':"
                        + finish
                        + "}");
    }

    private static String chunk(String choices, String tail) {
        return "data: {\"choices\":[" + choices + "]" + tail + "}\n\n";
    }

    private static List<String> texts(JsonNode choices) {
        List<String> texts = new ArrayList<>();
        for (JsonNode choice : choices) {
            texts.add(choice.path("index").asInt(-1) + choice.path("text").asString(""));
        }
        return texts;
    }

    private List<String> asked() {
        return bench.engine.requests.stream().map(RawEngine.Received::body).toList();
    }

    @Test
    void aWholeAnswerIsPutTogether() throws Exception {
        HttpResponse<String> answer = bench.post(CHAT, chat(5, ""));
        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode body = ChatJson.object(answer.body().getBytes(UTF_8));
        assertThat(texts(body.path("choices"))).containsExactly("0p0", "1p1", "2p0", "3p1", "4p0");
        assertThat(body.path("id").asString("")).isEqualTo("x1");
        assertThat(body.path("usage").path("prompt_tokens").asInt(0)).isEqualTo(7);
        assertThat(body.path("usage").path("completion_tokens").asInt(0)).isEqualTo(12);
        assertThat(body.path("usage").path("total_tokens").asInt(0)).isEqualTo(19);
        assertThat(asked()).hasSize(3).last().asString().contains("\"n\":1");
        assertThat(bench.fleet.asked).as("leases").hasValue(3);
    }

    @Test
    void promptsAreDividedAndNumberedOn() throws Exception {
        HttpResponse<String> answer = bench.post(TEXT, ask("'prompt':['a','b','c'],'n':3"));
        JsonNode body = ChatJson.object(answer.body().getBytes(UTF_8));
        assertThat(texts(body.path("choices")))
                .containsExactly("0a0", "1a1", "2a0", "3b0", "4b1", "5b0", "6c0", "7c1", "8c0");
        assertThat(body.path("usage").path("prompt_tokens").asInt(0)).isEqualTo(21);
    }

    @Test
    void aStreamGoesOnWithTheNextPart() throws Exception {
        HttpResponse<String> answer =
                bench.post(
                        CHAT,
                        chat(
                                3,
                                ",'stream':true,'stream_options':{'include_usage':true}"
                                        .replace('\'', '"')));
        assertThat(answer.statusCode()).isEqualTo(200);
        String tail = json(",'created':1,'id':'x1','model':'tiny'");
        String usage =
                json(
                        ",'usage':{'completion_tokens':12,'prompt_tokens':7,'total_tokens':19,"
                                + "'prompt_tokens_details':{'cached_tokens':0}}");
        assertThat(answer.body())
                .isEqualTo(
                        chunk(choice(1, "text", "p1", "null"), tail)
                                + chunk(choice(1, "text", "", "'stop'"), tail)
                                + chunk(choice(0, "text", "p0", "null"), tail)
                                + chunk(choice(0, "text", "", "'stop'"), tail)
                                + chunk(choice(2, "text", "p0", "null"), tail)
                                + chunk(choice(2, "text", "", "'stop'"), tail)
                                + chunk("", tail + usage)
                                + RelayTest.DONE);
    }

    @Test
    void whatFitsIsSentAsItCame() throws Exception {
        String two = chat(2, ",'stop':'x'".replace('\'', '"'));
        bench.post(CHAT, two);
        bench.fleet.slots = null;
        String many = chat(9, "");
        bench.post(CHAT, many);
        String vectors = ask("'input':['a','b','c']");
        bench.post("/v1/embeddings", vectors);
        assertThat(asked()).containsExactly(two, many, vectors);
    }

    @Test
    void itWaitsForNoMoreThanItIsAskedInParts() throws Exception {
        bench.post(CHAT, chat(64, ""));
        assertThat(bench.fleet.askers).hasSize(32).extracting(c -> c.weight()).containsOnly(2);
    }

    @Test
    void anEngineThatIsLostInALaterPartIsReplaced() throws Exception {
        bench.engine.script =
                (request, wire) -> {
                    if (wire.engine().requests.size() == 2) {
                        wire.raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"cho");
                        wire.die();
                    }
                    answer(request, wire);
                };
        HttpResponse<String> answer = bench.post(CHAT, chat(4, ""));
        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode body = ChatJson.object(answer.body().getBytes(UTF_8));
        assertThat(texts(body.path("choices"))).containsExactly("0p0", "1p1", "2p0", "3p1");
        assertThat(bench.metrics())
                .contains("cortex_upstream_retries_total{" + Bench.ROUTE + "} 1.0");
    }

    @Test
    void anErrorInALaterPartIsTheAnswer() throws Exception {
        bench.engine.script =
                (request, wire) -> {
                    if (wire.engine().requests.size() == 2) {
                        wire.json(400, "{\"error\":{\"code\":400,\"message\":\"no more\"}}");
                        return;
                    }
                    answer(request, wire);
                };
        HttpResponse<String> answer = bench.post(CHAT, chat(4, ""));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("no more");
    }

    @Test
    void aStreamThatBreaksInALaterPartNeverEndsWell() throws Exception {
        for (boolean dies : new boolean[] {true, false}) {
            bench.engine.requests.clear();
            bench.engine.script =
                    (request, wire) -> {
                        if (wire.engine().requests.size() < 2) {
                            answer(request, wire);
                        } else if (dies) {
                            wire.streamHead();
                            wire.chunk(": comment\n\n");
                            wire.die();
                        } else {
                            wire.stream(Answers.ERROR);
                        }
                    };
            try (RawClient client = RawClient.chat(bench.port(), chat(4, json(",'stream':true")))) {
                String all = client.rest();
                assertThat(all).contains("\"index\":1").contains("\"error\"");
                assertThat(all).doesNotContain("[DONE]").doesNotContain("\r\n0\r\n");
            }
            assertThat(bench.engine.requests).hasSize(2);
        }
    }

    @Test
    void aClientThatLeavesEndsItWithinAPartAndBetweenParts() throws Exception {
        bench.engine.script =
                (request, wire) -> {
                    if (wire.engine().requests.size() == 2) {
                        wire.untilHungUp();
                    }
                    answer(request, wire);
                };
        RawClient one = RawClient.chat(bench.port(), chat(6, ""));
        Bench.eventually("second part", () -> bench.engine.requests.size() == 2);
        one.close();
        bench.engine.awaitHangUp();
        Bench.eventually("leases closed", () -> bench.fleet.openLeases.get() == 0);
        Semaphore asked = new Semaphore(0);
        bench.engine.script =
                (request, wire) -> {
                    bench.fleet.ready = new CountDownLatch(1);
                    answer(request, wire);
                    asked.release();
                };
        RawClient other = RawClient.chat(bench.port(), chat(6, ""));
        asked.acquire();
        Bench.eventually("waits for its turn", () -> bench.fleet.asked.get() == 4);
        other.close();
        Bench.eventually("left the queue", () -> bench.fleet.leftQueue.get() == 1);
        assertThat(bench.engine.requests).hasSize(3);
    }

    @Test
    void betweenPartsAStreamIsKeptAlive() throws Exception {
        try (Bench alive = new Bench(Bench.keepaliveAfter(java.time.Duration.ofMillis(20)))) {
            alive.fleet.slots = 1;
            CountDownLatch turn = new CountDownLatch(1);
            alive.engine.script =
                    (request, wire) -> {
                        alive.fleet.ready = turn;
                        answer(request, wire);
                    };
            try (RawClient client = RawClient.chat(alive.port(), chat(2, json(",'stream':true")))) {
                client.until("\"stop\"");
                client.until(": keepalive");
                turn.countDown();
                assertThat(client.until("[DONE]")).contains("\"index\":1");
            }
        }
    }

    @Test
    void allPartsTogetherAreNotLongerThanOneAnswerMayBe() throws Exception {
        String text = "x".repeat(3 << 20);
        bench.engine.script =
                (_, wire) ->
                        wire.json(200, "{\"choices\":[" + choice(0, "text", text, "'stop'") + "]}");
        bench.fleet.slots = 1;
        HttpResponse<String> answer = bench.post(CHAT, chat(64, ""));
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.body()).contains("longer than what is held of one");
    }

    @Test
    void itIsOneRequestForOperators() throws Exception {
        bench.post(CHAT, chat(5, ""));
        assertThat(bench.metrics())
                .contains("cortex_requests_total")
                .contains("cortex_upstream_retries_total{" + Bench.ROUTE + "} 0.0");
        String recent = bench.get("/admin/requests").body();
        assertThat(recent).contains("\"parts\":3").contains("\"completion_tokens\":12");
    }

    @Test
    void anEngineThatCannotBeReachedForItsFirstPartIsReplaced() throws Exception {
        bench.fleet.endpoints.addFirst(URI.create("http://127.0.0.1:1"));
        HttpResponse<String> answer = bench.post(CHAT, chat(3, json(",'stream':true")));
        assertThat(answer.body()).contains("\"index\":2").endsWith(RelayTest.DONE);
    }
}
