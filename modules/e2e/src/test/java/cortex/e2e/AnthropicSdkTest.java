package cortex.e2e;

import static cortex.e2e.Messages.text;
import static cortex.e2e.Messages.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.anthropic.client.AnthropicClient;
import com.anthropic.core.http.AsyncStreamResponse;
import com.anthropic.errors.AnthropicException;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.ContentTooLargeException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.OverloadedException;
import com.anthropic.errors.RateLimitException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.BetaMessageAccumulator;
import com.anthropic.models.ErrorType;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.ThinkingConfigEnabled;
import com.anthropic.models.messages.ToolChoiceAny;
import com.anthropic.models.messages.ToolChoiceNone;
import com.anthropic.models.messages.ToolChoiceTool;
import com.anthropic.models.models.ModelInfo;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What the official Anthropic SDK offers beyond what MessagesTest asks, through both real
/// programs.
@Tag(Engines.TAG)
@ExtendWith(SharedStack.class)
class AnthropicSdkTest {
    private static final String MODEL = "org/tiny";

    private static Stack stack;
    private static AnthropicClient client;

    @BeforeAll
    static void start(Stack shared) {
        stack = shared;
        client = Messages.client(shared, Stack.KEY);
    }

    @AfterAll
    static void stop() {
        client.close();
    }

    private static MessageCreateParams.Builder ask(String text) {
        return Messages.ask(MODEL, text);
    }

    private static Message answered(MessageCreateParams params, boolean stream) {
        return Messages.answered(client, params, stream);
    }

    @Test
    void toolsAreCalledAsTheChoiceSays() {
        assumeTrue(stack.engines().demo());
        var two = ask("hello").addTool(tool("run_shell")).addTool(tool("read_file"));
        assertThat(called(two.build())).isEmpty();
        assertThat(called(two.toolChoice(ToolChoiceAny.builder().build()).build())).hasSize(1);
        var named = ToolChoiceTool.builder().name("read_file").build();
        assertThat(called(two.toolChoice(named).build())).containsExactly("read_file");
        var none = ask("use read_file").addTool(tool("read_file"));
        assertThat(called(none.toolChoice(ToolChoiceNone.builder().build()).build())).isEmpty();
    }

    private static List<String> called(MessageCreateParams params) {
        return client.messages().create(params).content().stream()
                .flatMap(block -> block.toolUse().stream())
                .map(call -> call.name())
                .toList();
    }

    @Test
    void thinkingThatIsAskedForComesBackAsItWent() {
        assumeTrue(stack.engines().demo());
        var first =
                ask("[[think]] [[say fine]]")
                        .thinking(ThinkingConfigEnabled.builder().budgetTokens(2048).build())
                        .build();
        Message whole = answered(first, false);
        Message streamed = answered(first, true);
        assertThat(streamed.content().getFirst().thinking().orElseThrow().thinking())
                .isEqualTo(whole.content().getFirst().thinking().orElseThrow().thinking());
        Message next =
                answered(first.toBuilder().addMessage(streamed).addUserMessage("Hi").build(), true);
        assertThat(text(next)).isNotBlank();
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
                client.messages().create(ask("a city, please").outputConfig(City.class).build());
        City city = answer.content().getFirst().text().orElseThrow().text();
        assertThat(city.name).isNotBlank();
    }

    @Test
    void stopSequencesReachTheEngine() {
        assumeTrue(stack.engines().demo());
        Message message =
                answered(
                        ask("[[say one two STOP three]]").stopSequences(List.of("STOP")).build(),
                        true);
        assertThat(text(message)).isEqualTo("one two ");
    }

    @Test
    void theBetaServiceIsTheSameOne() {
        var params =
                com.anthropic.models.beta.messages.MessageCreateParams.builder()
                        .model(MODEL)
                        .maxTokens(1000)
                        .addUserMessage("Hi")
                        .addBeta("context-management-2025-06-27")
                        .build();
        BetaMessageAccumulator whole = BetaMessageAccumulator.create();
        try (var events = client.beta().messages().createStreaming(params)) {
            events.stream().forEach(whole::accumulate);
        }
        assertThat(whole.message().content().getFirst().text().orElseThrow().text()).isNotBlank();
    }

    @Test
    void theCountIsWhatTheAnswerSays() {
        Message message = answered(ask("one two three four").system("Be brief.").build(), false);
        long counted =
                client.messages()
                        .countTokens(
                                MessageCountTokensParams.builder()
                                        .model(MODEL)
                                        .system("Be brief.")
                                        .addUserMessage("one two three four")
                                        .build())
                        .inputTokens();
        assertThat(counted)
                .isEqualTo(
                        message.usage().inputTokens()
                                + message.usage().cacheReadInputTokens().orElse(0L));
    }

    @Test
    void modelsAreListedAndFound() {
        List<String> ids = client.models().list().autoPager().stream().map(ModelInfo::id).toList();
        assertThat(ids).contains(MODEL, "sees");
        ModelInfo model = client.models().retrieve(MODEL);
        assertThat(model.id()).isEqualTo(MODEL);
        assertThat(model.displayName()).isNotBlank();
        assertThat(model.createdAt()).isNotNull();
        assertThat(model.maxInputTokens()).isPresent();
        assertThatThrownBy(() -> client.models().retrieve("nobody"))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void eachFailureHasItsException() {
        AnthropicClient stranger = Messages.client(stack, "sk-wrong");
        assertThat(refusal(UnauthorizedException.class, stranger, ask("Hi")).type())
                .hasValue(ErrorType.AUTHENTICATION_ERROR);
        stranger.close();
        assertThat(refusal(NotFoundException.class, client, ask("Hi").model("nobody")).type())
                .hasValue(ErrorType.NOT_FOUND_ERROR);
        var large = ask("word ".repeat(1 << 18)).build();
        assertThatThrownBy(() -> client.messages().create(large))
                .isInstanceOf(ContentTooLargeException.class);
        var homeless = refusal(OverloadedException.class, client, ask("Hi").model("homeless"));
        assertThat(homeless.type()).hasValue(ErrorType.OVERLOADED_ERROR);
        var unfit = ask("Hi").addTool(tool("f"));
        unfit.toolChoice(ToolChoiceTool.builder().name("g").build());
        assertThat(refusal(BadRequestException.class, client, unfit).type())
                .hasValue(ErrorType.INVALID_REQUEST_ERROR);
    }

    private static <E extends AnthropicServiceException> E refusal(
            Class<E> type, AnthropicClient who, MessageCreateParams.Builder params) {
        E refusal = catchThrowableOfType(type, () -> who.messages().create(params.build()));
        assertThat(refusal).isNotNull();
        assertThat(refusal.requestId()).isPresent();
        assertThat(refusal.getMessage()).isNotBlank();
        return refusal;
    }

    @Test
    void anEngineThatDiesInMidAnswerIsNoEndOfTheAnswer() {
        assumeTrue(stack.engines().demo());
        assertThatThrownBy(() -> answered(ask("[[die after 3]]").build(), true))
                .isInstanceOf(AnthropicException.class);
        assertThatThrownBy(() -> answered(ask("[[error after 3]]").build(), false))
                .isInstanceOf(AnthropicServiceException.class)
                .hasMessageContaining("the script failed here");
    }

    @Test
    void oneTooManyIsToldToComeAgain() {
        assumeTrue(stack.engines().demo());
        var asked = ask("Hi").model("crowded-anthropic").build();
        Throwable refusal =
                SharedStack.oneTooMany(told -> {
                    try (var stream = client.messages().createStreaming(asked)) {
                        assertThat(stream).isNotNull();
                        told.await();
                    }
                });
        assertThat(refusal)
                .isInstanceOfSatisfying(
                        RateLimitException.class,
                        e -> {
                            assertThat(e.type()).hasValue(ErrorType.RATE_LIMIT_ERROR);
                            assertThat(e.headers().values("retry-after")).hasSize(1);
                        });
    }

    @Test
    void aRequestThatFailedOnceSucceedsWhenTriedAgain() {
        assumeTrue(stack.engines().demo());
        AnthropicClient patient = client.withOptions(options -> options.maxRetries(2));
        Message refused =
                patient.messages().create(ask("[[refuse 503]] [[once]] [[say at last]]").build());
        assertThat(text(refused)).isEqualTo("at last");
        for (boolean stream : new boolean[] {true, false}) {
            var dies = ask("[[die after 0]] [[once]] [[say anyway " + stream + "]]").build();
            assertThat(text(answered(dies, stream))).isEqualTo("anyway " + stream);
        }
    }

    @Test
    void closingAnAsynchronousStreamFreesTheEngine() throws Exception {
        CountDownLatch flowing = new CountDownLatch(4);
        AsyncStreamResponse<RawMessageStreamEvent> stream =
                client.async()
                        .messages()
                        .createStreaming(ask("go on forever").maxTokens(100_000).build())
                        .subscribe(_ -> flowing.countDown());
        flowing.await();
        assertThat(stack.engineIdle(MODEL)).isFalse();
        stream.close();
        Stack.until("the slot is free", () -> stack.engineIdle(MODEL));
    }
}
