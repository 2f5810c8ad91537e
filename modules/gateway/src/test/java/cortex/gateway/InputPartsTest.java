package cortex.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.chat.ChatJson;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Requests with more inputs than they are given slots: the engine gets them in parts, and they are
/// answered as if it had got all at once.
@Timeout(60)
class InputPartsTest {
    private static final String EMBED = "/v1/embeddings";
    private static final String RERANK = "/v1/rerank";

    private final Bench bench = new Bench();
    private String vector = "[-0.10,2]";

    @BeforeEach
    void answers() {
        bench.fleet.slots = 2;
        bench.engine.script = this::answer;
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

    /// The score of a document is its number, and each input has five tokens.
    private void answer(RawEngine.Received request, RawEngine.Wire wire) throws Exception {
        ObjectNode asked = ChatJson.object(request.body().getBytes(UTF_8));
        boolean ranks = asked.has("documents");
        JsonNode inputs = asked.path(ranks ? "documents" : "input");
        wire.json(200, ranks ? places(inputs) : vectors(inputs.size(), vector));
    }

    private static String head(int inputs) {
        return "{'model':'tiny','usage':{'prompt_tokens':%d,'total_tokens':%d},"
                .formatted(5 * inputs, 5 * inputs);
    }

    private static String vectors(int inputs, String vector) {
        return json(
                IntStream.range(0, inputs)
                        .mapToObj(i -> "{'embedding':" + vector + ",'index':" + i + "}")
                        .collect(Collectors.joining(",", head(inputs) + "'data':[", "]}")));
    }

    private static String place(int index, int score) {
        return "{'index':" + index + ",'relevance_score':" + score + ".0}";
    }

    private static String places(JsonNode documents) {
        return json(
                IntStream.range(0, documents.size())
                        .mapToObj(i -> place(i, Integer.parseInt(documents.get(i).asString(""))))
                        .collect(
                                Collectors.joining(
                                        ",", head(documents.size()) + "'results':[", "]}")));
    }

    private List<String> asked() {
        return bench.engine.requests.stream().map(RawEngine.Received::body).toList();
    }

    @Test
    void textsAreAskedInParts() throws Exception {
        HttpResponse<String> answer = bench.post(EMBED, ask("'input':['a','b','c','d','e']"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(vectors(5, vector));
        assertThat(asked())
                .containsExactly(
                        ask("'input':['a','b']"), ask("'input':['c','d']"), ask("'input':['e']"));
        assertThat(bench.fleet.asked).as("leases").hasValue(3);
        assertThat(bench.get("/admin/requests").body())
                .contains("\"parts\":3")
                .contains("\"prompt_tokens\":25");
    }

    @Test
    void documentsAreRankedOverAllParts() throws Exception {
        HttpResponse<String> answer =
                bench.post(RERANK, ask("'query':'q','documents':['1','7','3'],'top_n':2"));
        assertThat(answer.body())
                .isEqualTo(json(head(3) + "'results':[" + place(1, 7) + "," + place(2, 3) + "]}"));
        assertThat(asked().getFirst()).contains("\"top_n\":2");
        assertThat(asked().getLast()).contains("\"top_n\":1");
    }

    @Test
    void whatFitsOrIsOneInputIsSentAsItCame() throws Exception {
        String two = ask("'input':[ 'a','b']");
        String tokens = ask("'input':[1,2,3]");
        String ranked = ask("'query':'q','documents':['1','2'],'top_n':0");
        bench.post(EMBED, two);
        bench.post(EMBED, tokens);
        bench.post(RERANK, ranked);
        assertThat(asked()).containsExactly(two, tokens, ranked);
    }

    @Test
    void whatIsNotClearIsRefused() throws Exception {
        HttpResponse<String> answer =
                bench.post(RERANK, ask("'query':'q','documents':['1','7','3'],'top_n':-1"));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("top_n: give one whole number");
    }

    /// As one that is not divided is: an answer longer than is held of one goes on as it comes.
    @Test
    void manyVectorsArePassedOnAsTheyCome() throws Exception {
        vector = "[" + "0.25,".repeat(20_000) + "1]";
        HttpResponse<String> answer =
                bench.post(EMBED, ask("'input':['a','b','c','d','e','f','g','h','i','j']"));
        assertThat(answer.statusCode()).isEqualTo(200);
        String whole = vectors(10, vector);
        int data = whole.indexOf("\"data\"");
        String usage = json("'usage':{'prompt_tokens':50,'total_tokens':50}");
        assertThat(answer.body().length()).isEqualTo(whole.length());
        assertThat(
                        answer.body()
                                .equals(
                                        json("{'model':'tiny',")
                                                + whole.substring(data, whole.length() - 1)
                                                + ","
                                                + usage
                                                + "}"))
                .isTrue();
        assertThat(asked()).hasSize(5);
    }

    @Test
    void whatIsPassedOnAndBreaksNeverEndsWell() throws Exception {
        vector = "[" + "0.25,".repeat(20_000) + "1]";
        bench.engine.script =
                (request, wire) -> {
                    if (wire.engine().requests.size() == 5) {
                        wire.json(400, "{\"error\":{\"code\":400,\"message\":\"no more\"}}");
                        return;
                    }
                    answer(request, wire);
                };
        String body = ask("'input':['a','b','c','d','e','f','g','h','i','j']");
        try (RawClient client = RawClient.post(bench.port(), EMBED, body)) {
            assertThat(client.rest()).contains("\"data\":[").doesNotContain("\r\n0\r\n");
        }
    }

    @Test
    void anEngineThatIsLostInALaterPartIsReplaced() throws Exception {
        bench.engine.script =
                (request, wire) -> {
                    if (wire.engine().requests.size() == 2) {
                        wire.raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"da");
                        wire.die();
                    }
                    answer(request, wire);
                };
        HttpResponse<String> answer = bench.post(EMBED, ask("'input':['a','b','c','d']"));
        assertThat(answer.body()).isEqualTo(vectors(4, vector));
    }

    @Test
    void anErrorOrNoAnswerInALaterPartIsTheAnswer() throws Exception {
        for (String said :
                new String[] {"{\"error\":{\"code\":400,\"message\":\"no more\"}}", "{}"}) {
            bench.engine.requests.clear();
            bench.engine.script =
                    (request, wire) -> {
                        if (wire.engine().requests.size() == 2) {
                            wire.json(said.equals("{}") ? 200 : 400, said);
                            return;
                        }
                        answer(request, wire);
                    };
            HttpResponse<String> answer = bench.post(EMBED, ask("'input':['a','b','c']"));
            assertThat(answer.statusCode()).isEqualTo(said.equals("{}") ? 502 : 400);
            assertThat(answer.body()).contains(said.equals("{}") ? "is none" : "no more");
        }
    }
}
