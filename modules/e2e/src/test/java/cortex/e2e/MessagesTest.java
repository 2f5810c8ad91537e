package cortex.e2e;

import static cortex.e2e.Messages.text;
import static cortex.e2e.Messages.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.anthropic.client.AnthropicClient;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.InternalServerException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.models.messages.Base64ImageSource;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.messages.ToolUseBlock;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Anthropic Messages all the way, driven by the official SDK through both real programs to an
/// engine that speaks chat completions.
@Tag(Engines.TAG)
@ExtendWith(SharedStack.class)
class MessagesTest {
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

    private static Message streamed(MessageCreateParams params) {
        return Messages.answered(client, params, true);
    }

    private static List<ToolUseBlock> calls(Message message) {
        return message.content().stream().flatMap(block -> block.toolUse().stream()).toList();
    }

    @Test
    void aWholeAnswer() {
        Message message = client.messages().create(ask("Hi").system("Be brief.").build());
        assertThat(message.id()).startsWith("msg_");
        assertThat(message.model().asString()).isEqualTo(MODEL);
        assertThat(text(message)).isNotBlank();
        assertThat(message.stopReason()).hasValue(StopReason.END_TURN);
        long prompt =
                message.usage().inputTokens() + message.usage().cacheReadInputTokens().orElse(0L);
        assertThat(prompt).isPositive();
        assertThat(message.usage().outputTokens()).isPositive();
    }

    @Test
    void aStreamSaysTheSameAsTheWholeAnswer() {
        Message whole = client.messages().create(ask("Hi").build());
        Message message = streamed(ask("Hi").build());
        assertThat(text(message)).isEqualTo(text(whole));
        assertThat(message.stopReason()).isEqualTo(whole.stopReason());
        assertThat(message.usage().outputTokens()).isEqualTo(whole.usage().outputTokens());
    }

    @Test
    void anAliasIsTheModel() {
        Message message = client.messages().create(ask("Hi").model(Engines.alias(MODEL)).build());
        assertThat(message.model().asString()).isEqualTo(Engines.alias(MODEL));
    }

    @Test
    void aCutAnswerSaysSo() {
        Message message = streamed(ask("go on forever").maxTokens(5).build());
        assertThat(message.stopReason()).hasValue(StopReason.MAX_TOKENS);
    }

    @Test
    void reasoningIsABlockOfItsOwn() {
        assumeTrue(stack.engines().demo());
        Message message = streamed(ask("[[think]] [[say fine]]").build());
        assertThat(message.content()).hasSize(2);
        assertThat(message.content().getFirst().thinking().orElseThrow().thinking()).isNotBlank();
        assertThat(message.content().getFirst().thinking().orElseThrow().signature()).isNotBlank();
        assertThat(text(message)).isEqualTo("fine");
        Message again =
                client.messages()
                        .create(ask("first").addMessage(message).addUserMessage("x").build());
        assertThat(text(again)).isNotBlank();
    }

    @Test
    void aToolRoundTrip() {
        assumeTrue(stack.engines().demo());
        MessageCreateParams first =
                ask("What is the weather?").addTool(tool("get_weather")).build();
        Message message = streamed(first);
        assertThat(message.stopReason()).hasValue(StopReason.TOOL_USE);
        ToolUseBlock call = calls(message).getFirst();
        assertThat(call.name()).isEqualTo("get_weather");
        assertThat(call._input().toString()).contains("city");
        Message answer =
                client.messages()
                        .create(
                                first.toBuilder()
                                        .addMessage(message)
                                        .addUserMessageOfContentBlockParams(
                                                List.of(result(call.id(), "sunny")))
                                        .build());
        assertThat(answer.stopReason()).hasValue(StopReason.END_TURN);
        assertThat(text(answer)).isNotBlank();
    }

    @Test
    void parallelCalls() {
        assumeTrue(stack.engines().demo());
        String both =
                "[[tool get_weather {\"city\":\"Oslo\"}]] [[tool get_weather {\"city\":\"Rome\"}]]";
        for (boolean stream : new boolean[] {true, false}) {
            MessageCreateParams params = ask(both).addTool(tool("get_weather")).build();
            Message message = stream ? streamed(params) : client.messages().create(params);
            List<ToolUseBlock> calls = calls(message);
            assertThat(calls).hasSize(2);
            assertThat(calls.get(0).id()).isNotEqualTo(calls.get(1).id());
            assertThat(calls.get(0)._input().toString()).contains("Oslo");
            assertThat(calls.get(1)._input().toString()).contains("Rome");
            Message answer =
                    client.messages()
                            .create(
                                    params.toBuilder()
                                            .addMessage(message)
                                            .addUserMessageOfContentBlockParams(
                                                    List.of(
                                                            result(calls.get(1).id(), "hot"),
                                                            result(calls.get(0).id(), "cold")))
                                            .build());
            assertThat(text(answer)).isNotBlank();
        }
    }

    private static ContentBlockParam result(String id, String content) {
        return ContentBlockParam.ofToolResult(
                ToolResultBlockParam.builder().toolUseId(id).content(content).build());
    }

    @Test
    void anImageReachesTheEngine() {
        assumeTrue(stack.engines().demo());
        Message message =
                client.messages()
                        .create(
                                MessageCreateParams.builder()
                                        .model("sees")
                                        .maxTokens(100)
                                        .addUserMessageOfContentBlockParams(
                                                List.of(
                                                        ContentBlockParam.ofText("look"),
                                                        ContentBlockParam.ofImage(
                                                                Base64ImageSource.builder()
                                                                        .data(Engines.RED_PNG)
                                                                        .mediaType(
                                                                                Base64ImageSource
                                                                                        .MediaType
                                                                                        .IMAGE_PNG)
                                                                        .build())))
                                        .build());
        assertThat(text(message)).contains("red picture");
    }

    @Test
    void countsTokens() {
        client.messages().create(ask("Hi").build());
        long tokens =
                client.messages()
                        .countTokens(
                                MessageCountTokensParams.builder()
                                        .model(MODEL)
                                        .addUserMessage("one two three four")
                                        .build())
                        .inputTokens();
        assertThat(tokens).isPositive();
    }

    @Test
    void anUnknownModelIsNotFound() {
        assertThatThrownBy(() -> client.messages().create(ask("Hi").model("nobody").build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("nobody");
    }

    @Test
    void aPromptThatIsTooLongSaysSoAsAgentsExpect() {
        assumeTrue(stack.engines().demo());
        String tooLong = "word ".repeat(180_000);
        assertThatThrownBy(() -> client.messages().create(ask(tooLong).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("prompt is too long");
    }

    @Test
    void anEngineThatRefusesHasItsStatus() {
        assumeTrue(stack.engines().demo());
        assertThatThrownBy(() -> streamed(ask("[[refuse 500]]").build()))
                .isInstanceOf(InternalServerException.class);
    }

    @Test
    void anErrorInMidAnswerIsAnError() {
        assumeTrue(stack.engines().demo());
        assertThatThrownBy(() -> streamed(ask("[[error after 3]]").build()))
                .isInstanceOf(AnthropicServiceException.class);
    }

    @Test
    void leavingAStreamFreesTheEngine() throws Exception {
        try (StreamResponse<RawMessageStreamEvent> stream =
                client.messages()
                        .createStreaming(ask("go on forever").maxTokens(100_000).build())) {
            var events = stream.stream().iterator();
            for (int i = 0; i < 4; i++) {
                events.next();
            }
            assertThat(stack.engineIdle(MODEL)).isFalse();
        }
        Stack.until("the slot is free", () -> stack.engineIdle(MODEL));
    }
}
