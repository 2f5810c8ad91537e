package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.errors.UnexpectedStatusCodeException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletion.Choice.FinishReason;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What the official OpenAI SDK offers beyond a plain request, through both real programs.
@Tag(Engines.TAG)
@ExtendWith(SharedStack.class)
class OpenAiSdkTest {
    private static final String MODEL = "org/tiny";

    private static Stack stack;
    private static OpenAIClient client;

    @BeforeAll
    static void start(Stack shared) {
        stack = shared;
        client = shared.client();
    }

    @AfterAll
    static void stop() {
        client.close();
    }

    private static ChatCompletionCreateParams.Builder ask(String text) {
        return Chat.ask(MODEL, text).toBuilder();
    }

    private static ChatCompletion answered(ChatCompletionCreateParams params, boolean stream) {
        if (!stream) {
            return client.chat().completions().create(params);
        }
        ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
        ChatCompletionStreamOptions counted =
                ChatCompletionStreamOptions.builder().includeUsage(true).build();
        try (StreamResponse<ChatCompletionChunk> chunks =
                client.chat()
                        .completions()
                        .createStreaming(params.toBuilder().streamOptions(counted).build())) {
            chunks.stream().forEach(whole::accumulate);
        }
        return whole.chatCompletion();
    }

    private static ChatCompletionMessage message(ChatCompletion answer) {
        return answer.choices().getFirst().message();
    }

    private static List<ChatCompletionMessageFunctionToolCall> calls(ChatCompletion answer) {
        return message(answer).toolCalls().orElse(List.of()).stream()
                .map(call -> call.asFunction())
                .toList();
    }

    private static FunctionDefinition weather() {
        return FunctionDefinition.builder()
                .name("get_weather")
                .parameters(
                        FunctionParameters.builder()
                                .putAdditionalProperty("type", JsonValue.from("object"))
                                .putAdditionalProperty(
                                        "properties",
                                        JsonValue.from(Map.of("city", Map.of("type", "string"))))
                                .putAdditionalProperty("required", JsonValue.from(List.of("city")))
                                .build())
                .build();
    }

    @Test
    void theAccumulatorHasTheWholeAnswer() {
        ChatCompletion whole = answered(ask("Hi").build(), false);
        ChatCompletion streamed = answered(ask("Hi").build(), true);
        assertThat(message(streamed).content()).isEqualTo(message(whole).content());
        assertThat(streamed.choices().getFirst().finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(streamed.usage().orElseThrow().completionTokens())
                .isEqualTo(whole.usage().orElseThrow().completionTokens());
        assertThat(streamed.usage().orElseThrow().promptTokens())
                .isEqualTo(whole.usage().orElseThrow().promptTokens());
    }

    @Test
    void toolsGoAroundStreamedAndWhole() {
        assumeTrue(stack.engines().demo());
        String both =
                "[[tool get_weather {\"city\":\"Oslo\"}]] [[tool get_weather {\"city\":\"Rome\"}]]"
                        + " [[say it is {{result}}]]";
        for (boolean stream : new boolean[] {true, false}) {
            ChatCompletionCreateParams first = ask(both).addFunctionTool(weather()).build();
            ChatCompletion answer = answered(first, stream);
            assertThat(answer.choices().getFirst().finishReason())
                    .isEqualTo(FinishReason.TOOL_CALLS);
            var calls = calls(answer);
            assertThat(calls).extracting(call -> call.function().name()).hasSize(2);
            assertThat(calls).extracting(call -> call.id()).doesNotHaveDuplicates();
            assertThat(calls.get(0).function().arguments()).isEqualTo("{\"city\":\"Oslo\"}");
            assertThat(calls.get(1).function().arguments()).isEqualTo("{\"city\":\"Rome\"}");
            var next = first.toBuilder().addMessage(message(answer));
            calls.forEach(call ->
                    next.addMessage(
                            ChatCompletionToolMessageParam.builder()
                                    .toolCallId(call.id())
                                    .content("sunny")
                                    .build()));
            assertThat(message(answered(next.build(), stream)).content()).hasValue("it is sunny");
        }
    }

    @Test
    void reasoningStandsBesideTheContent() {
        assumeTrue(stack.engines().demo());
        ChatCompletion answer = answered(ask("[[think]] [[say fine]]").build(), false);
        assertThat(message(answer).content()).hasValue("fine");
        assertThat(message(answer)._allProperties().get("reasoning_content"))
                .hasToString("Let me think about that.\n");
    }

    @Test
    void anImageReachesTheEngine() {
        assumeTrue(stack.engines().demo());
        String red = "data:image/png;base64," + Engines.RED_PNG;
        List<ChatCompletionContentPart> parts =
                List.of(
                        ChatCompletionContentPart.ofText(
                                ChatCompletionContentPartText.builder().text("look").build()),
                        ChatCompletionContentPart.ofImageUrl(
                                ChatCompletionContentPartImage.builder()
                                        .imageUrl(
                                                ChatCompletionContentPartImage.ImageUrl.builder()
                                                        .url(red)
                                                        .build())
                                        .build()));
        var builder =
                ChatCompletionCreateParams.builder().addUserMessageOfArrayOfContentParts(parts);
        assertThat(message(answered(builder.model("sees").build(), false)).content().orElse(""))
                .contains("red picture");
        assertThatThrownBy(() -> answered(builder.model(MODEL).build(), false))
                .isInstanceOf(OpenAIServiceException.class)
                .hasMessageContaining("image");
    }

    /// A class as the SDK makes a schema of it.
    static class City {
        public String name = "";
        public int people;
    }

    @Test
    void anAnswerHasTheFormOfAClass() {
        assumeTrue(stack.engines().demo());
        var answer =
                client.chat()
                        .completions()
                        .create(ask("a city, please").responseFormat(City.class).build());
        City city = answer.choices().getFirst().message().content().orElseThrow();
        assertThat(city.name).isNotBlank();
    }

    @Test
    void textCompletionsAreStreamedToo() {
        var params =
                CompletionCreateParams.builder().model(MODEL).prompt("Hi").maxTokens(500L).build();
        String whole = client.completions().create(params).choices().getFirst().text();
        StringBuilder streamed = new StringBuilder();
        try (var chunks = client.completions().createStreaming(params)) {
            chunks.stream()
                    .flatMap(c -> c.choices().stream())
                    .forEach(c -> streamed.append(c.text()));
        }
        assertThat(streamed.toString()).isEqualTo(whole).isNotBlank();
    }

    @Test
    void embeddingsOfSeveralTexts() {
        assumeTrue(stack.engines().demo());
        var params =
                EmbeddingCreateParams.builder()
                        .model("vectors")
                        .inputOfArrayOfStrings(List.of("one red rose", "one red nose"));
        var data = client.embeddings().create(params.build()).data();
        assertThat(data).hasSize(2);
        assertThat(data).extracting(e -> e.embedding().size()).containsOnly(64);
        var floats =
                client.embeddings()
                        .create(
                                params.encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT)
                                        .build())
                        .data();
        assertThat(floats.get(1).embedding()).isEqualTo(data.get(1).embedding());
    }

    @Test
    void eachFailureHasItsException() {
        OpenAIClient stranger = client.withOptions(options -> options.apiKey("sk-wrong"));
        assertThat(refusal(UnauthorizedException.class, stranger, ask("Hi")).code())
                .hasValue("invalid_api_key");
        assertThat(refusal(NotFoundException.class, client, ask("Hi").model("nobody")).code())
                .hasValue("model_not_found");
        String large = "word ".repeat(1 << 18);
        assertThat(refusal(UnexpectedStatusCodeException.class, client, ask(large)).statusCode())
                .isEqualTo(413);
        var homeless = refusal(InternalServerException.class, client, ask("Hi").model("homeless"));
        assertThat(homeless.statusCode()).isEqualTo(503);
        assertThat(homeless.getMessage()).contains("homeless");
        assertThatThrownBy(() -> client.models().retrieve("nobody"))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void eachFailureOfTheEngineHasItsException() {
        assumeTrue(stack.engines().demo());
        String tooLong = "word ".repeat(180_000);
        assertThat(refusal(BadRequestException.class, client, ask(tooLong)).code())
                .hasValue("context_length_exceeded");
        for (boolean stream : new boolean[] {true, false}) {
            assertThatThrownBy(() -> answered(ask("[[refuse 500]]").build(), stream))
                    .isInstanceOf(InternalServerException.class);
        }
        assertThatThrownBy(() -> answered(ask("[[error after 3]]").build(), true))
                .isInstanceOf(OpenAIException.class)
                .hasMessageContaining("the script failed here");
        assertThatThrownBy(() -> answered(ask("[[die after 3]]").build(), true))
                .isInstanceOf(OpenAIException.class);
    }

    private static <E extends OpenAIServiceException> E refusal(
            Class<E> type, OpenAIClient who, ChatCompletionCreateParams.Builder params) {
        E refusal =
                catchThrowableOfType(type, () -> who.chat().completions().create(params.build()));
        assertThat(refusal).isNotNull();
        assertThat(refusal.headers().values("x-request-id")).hasSize(1);
        assertThat(refusal.getMessage()).isNotBlank();
        return refusal;
    }

    @Test
    void oneTooManyIsToldToComeAgain() {
        assumeTrue(stack.engines().demo());
        Throwable refusal =
                SharedStack.oneTooMany(told -> {
                    try (var stream = Chat.forever(client, "crowded-openai")) {
                        assertThat(stream).isNotNull();
                        told.await();
                    }
                });
        assertThat(refusal)
                .isInstanceOfSatisfying(
                        RateLimitException.class,
                        e -> {
                            assertThat(e.code()).hasValue("rate_limit_exceeded");
                            assertThat(e.headers().values("retry-after")).hasSize(1);
                        });
    }

    @Test
    void aRequestThatFailedOnceSucceedsWhenTriedAgain() {
        assumeTrue(stack.engines().demo());
        OpenAIClient patient = client.withOptions(options -> options.maxRetries(2));
        var refused = ask("[[refuse 503]] [[once]] [[say at last]]").build();
        assertThat(message(patient.chat().completions().create(refused)).content())
                .hasValue("at last");
    }

    @Test
    void anEngineThatBreaksOffBeforeItsFirstByteIsReplacedByTheGateway() {
        assumeTrue(stack.engines().demo());
        for (boolean stream : new boolean[] {true, false}) {
            var params = ask("[[die after 0]] [[once]] [[say anyway " + stream + "]]").build();
            assertThat(message(answered(params, stream)).content()).hasValue("anyway " + stream);
        }
    }
}
