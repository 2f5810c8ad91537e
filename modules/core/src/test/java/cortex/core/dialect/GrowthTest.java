package cortex.core.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.catalogue.ModelQuirks.Schemas;
import cortex.core.dialect.WorstBodies.Shape;
import cortex.core.dialect.anthropic.TokenCount;
import cortex.core.dialect.anthropic.request.MessagesRequest;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Growth;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.openai.OpenAiRequest;
import cortex.core.dialect.openai.OpenAiRequest.Form;
import cortex.core.dialect.responses.request.ResponsesRequest;
import cortex.core.engine.EngineApi;
import cortex.core.failure.FailureException;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// What is made of a request is in proportion to it, whatever it holds twice.
class GrowthTest {
    private static final Target TARGET = new Target("m", EngineApi.LLAMA_SERVER, Quirks.NONE);
    private static final int LONG = 20_000;
    private static final int MANY = 1000;

    private static String times(int n, IntFunction<String> element) {
        return IntStream.range(0, n).mapToObj(element).collect(Collectors.joining(","));
    }

    private static byte[] messages(String rest) {
        return ("{\"model\":\"m\",\"max_tokens\":5," + rest + "}").getBytes(UTF_8);
    }

    private static byte[] sameCalls(int calls, int length) {
        return messages(
                "\"messages\":[{\"role\":\"user\",\"content\":\"x\"},"
                        + "{\"role\":\"assistant\",\"content\":["
                        + times(
                                calls,
                                _ ->
                                        "{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\","
                                                + "\"input\":{}}")
                        + "]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
                        + "\"tool_use_id\":\"a\",\"content\":\""
                        + "y".repeat(length)
                        + "\"}]}]");
    }

    @Test
    void oneResultAnswersOneCall() {
        byte[] body = sameCalls(MANY, LONG);
        JsonNode chat = MessagesRequest.translate(body, TARGET).chat().body();
        List<String> results =
                chat.path("messages")
                        .valueStream()
                        .filter(m -> m.path("role").asString().equals("tool"))
                        .map(m -> m.path("content").asString())
                        .toList();
        assertThat(results).hasSize(MANY);
        assertThat(results.getFirst()).hasSize(LONG);
        assertThat(results.subList(1, MANY)).containsOnly("[no result: interrupted]");
        assertThat(TokenCount.of(body, TARGET).question().length).isLessThan(5 * body.length);
    }

    @Test
    void oneOutputAnswersOneCallOfResponses() {
        String call =
                "{\"type\":\"function_call\",\"call_id\":\"a\",\"name\":\"f\","
                        + "\"arguments\":\"{}\"}";
        byte[] body =
                ("{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":\"x\"},"
                                + times(MANY, _ -> call)
                                + ",{\"type\":\"function_call_output\",\"call_id\":\"a\","
                                + "\"output\":\""
                                + "y".repeat(LONG)
                                + "\"}]}")
                        .getBytes(UTF_8);
        assertThat(ResponsesRequest.translate(body, TARGET).chat().bytes().length)
                .isLessThan(5 * body.length);
    }

    @Test
    void namesOfNamespacesAreShort() {
        String tools = times(MANY, i -> "{\"type\":\"function\",\"name\":\"f" + i + "\"}");
        IntFunction<byte[]> body =
                length ->
                        ("{\"model\":\"m\",\"input\":\"x\",\"tools\":[{\"type\":\"namespace\","
                                        + "\"name\":\""
                                        + "n".repeat(length)
                                        + "\",\"tools\":["
                                        + tools
                                        + "]}]}")
                                .getBytes(UTF_8);
        assertThatThrownBy(() -> ResponsesRequest.translate(body.apply(LONG), TARGET))
                .hasMessage(
                        "tools[0].name: names of tools and namespaces have at most 128 characters;"
                                + " choose a shorter one");
        byte[] most = body.apply(128);
        assertThat(ResponsesRequest.translate(most, TARGET).chat().bytes().length)
                .isLessThan(10 * most.length);
    }

    @Test
    void namesOfToolsAreShort() {
        for (String type : List.of("function", "custom")) {
            String body =
                    "{\"model\":\"m\",\"input\":\"x\",\"tools\":[{\"type\":\""
                            + type
                            + "\",\"name\":\""
                            + "n".repeat(129)
                            + "\"}]}";
            assertThatThrownBy(() -> ResponsesRequest.translate(body.getBytes(UTF_8), TARGET))
                    .isInstanceOf(FailureException.class)
                    .hasMessageContaining("at most 128 characters");
        }
    }

    @Test
    void toolsKnownByTheirTypeAreFew() {
        IntFunction<byte[]> body =
                n ->
                        messages(
                                "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tools\":["
                                        + times(
                                                n,
                                                i ->
                                                        "{\"type\":\"memory_20250818\",\"name\":\"e"
                                                                + i
                                                                + "\"}")
                                        + "]");
        assertThat(MessagesRequest.translate(body.apply(16), TARGET).chat().bytes().length)
                .isLessThan(32 << 10);
        assertThatThrownBy(() -> MessagesRequest.translate(body.apply(17), TARGET))
                .hasMessage(
                        "tools.16.type: at most 16 tools may be given by a type alone; give the"
                                + " others an input_schema");
    }

    @Test
    void anImageCountsAsOftenAsItIsShown() {
        Quirks fetching =
                new Quirks(
                        Quirks.Turns.PLAIN,
                        Quirks.Reasoning.NONE,
                        new Quirks.Images(true, List.of(), true),
                        Schemas.ON_ERROR,
                        Quirks.Answers.PLAIN,
                        null,
                        List.of());
        String image = "data:image/png;base64," + "A".repeat(LONG);
        Target target =
                new Target("m", EngineApi.LLAMA_SERVER, fetching)
                        .withFetched(Map.of("http://h/a", image));
        String part = "{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://h/a\"}}";
        byte[] body =
                messages(
                        "\"messages\":[{\"role\":\"user\",\"content\":["
                                + times(10, _ -> part)
                                + "]}]");
        byte[] chat = OpenAiRequest.of(body, RequestScan.of(body), Form.CHAT, target).body();
        assertThat(chat.length).isBetween(10 * image.length(), 10 * image.length() + 1000);
    }

    @Test
    void whatBecomesFarMoreIsRefused() {
        JsonNode once = ChatJson.object().put("a", "y".repeat(100_000));
        var many = ChatJson.array();
        for (int i = 0; i < MANY; i++) {
            many.add(once);
        }
        Growth growth = Growth.of(once.toString().length(), once);
        growth.check(once, TARGET.images());
        assertThatThrownBy(() -> growth.check(many, TARGET.images()))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.failure().status()).isEqualTo(413))
                .hasMessageContaining("over and over");
    }

    static Stream<Shape> shapes() {
        return WorstBodies.all().stream();
    }

    /// Nothing that is legal is refused for its growth, and what it becomes is bounded.
    @ParameterizedTest
    @MethodSource("shapes")
    void whatIsLegalFits(Shape shape) {
        byte[] body = shape.of(Math.min(shape.most(), 2000));
        try {
            long made =
                    switch (shape.api()) {
                        case MESSAGES ->
                                MessagesRequest.translate(body, TARGET).chat().bytes().length;
                        case COUNT_TOKENS -> TokenCount.of(body, TARGET).question().length;
                        case RESPONSES ->
                                ResponsesRequest.translate(body, TARGET).chat().bytes().length;
                        case CHAT ->
                                OpenAiRequest.of(body, RequestScan.of(body), Form.CHAT, TARGET)
                                        .body()
                                        .length;
                        case COMPLETIONS, EMBEDDINGS, RERANK -> 0;
                    };
            assertThat(made).isLessThan(12L * body.length + (32 << 10));
        } catch (FailureException e) {
            assertThat(e.failure().status()).as(e.getMessage()).isEqualTo(400);
        }
    }
}
