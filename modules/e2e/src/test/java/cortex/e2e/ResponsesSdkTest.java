package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.CustomTool;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseCustomToolCall;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseInputContent;
import com.openai.models.responses.ResponseInputImage;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseOutputItem;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// OpenAI Responses all the way, driven by the official SDK through both real programs to an engine
/// that speaks chat completions.
@Tag(Engines.TAG)
@ExtendWith(SharedStack.class)
class ResponsesSdkTest {
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

    private static ResponseCreateParams.Builder ask(String text) {
        return ResponseCreateParams.builder()
                .model(MODEL)
                .maxOutputTokens(10_000)
                .store(false)
                .inputOfResponse(List.of(user(text)));
    }

    private static ResponseInputItem user(String text) {
        return ResponseInputItem.ofEasyInputMessage(
                EasyInputMessage.builder().role(EasyInputMessage.Role.USER).content(text).build());
    }

    /// The SDK checks that every field of its type is there and of its kind.
    private static Response whole(ResponseCreateParams params) {
        return client.responses().create(params).validate();
    }

    private static List<ResponseStreamEvent> events(ResponseCreateParams params) {
        try (StreamResponse<ResponseStreamEvent> stream =
                client.responses().createStreaming(params)) {
            return stream.stream().map(event -> event.validate()).toList();
        }
    }

    private static Response streamed(ResponseCreateParams params) {
        ResponseAccumulator all = ResponseAccumulator.create();
        events(params).forEach(all::accumulate);
        return all.response();
    }

    private static String text(Response response) {
        StringBuilder text = new StringBuilder();
        for (ResponseOutputItem item : response.output()) {
            item.message().stream()
                    .flatMap(message -> message.content().stream())
                    .flatMap(part -> part.outputText().stream())
                    .forEach(part -> text.append(part.text()));
        }
        return text.toString();
    }

    private static List<ResponseFunctionToolCall> calls(Response response) {
        return response.output().stream().flatMap(item -> item.functionCall().stream()).toList();
    }

    private static FunctionTool weather() {
        return FunctionTool.builder()
                .name("get_weather")
                .description("The weather in a city")
                .strict(false)
                .parameters(
                        FunctionTool.Parameters.builder()
                                .putAdditionalProperty("type", JsonValue.from("object"))
                                .putAdditionalProperty(
                                        "properties",
                                        JsonValue.from(Map.of("city", Map.of("type", "string"))))
                                .build())
                .build();
    }

    /// The input so far, with what the model said and what the tools answered.
    private static List<ResponseInputItem> goneOn(
            String first, Response response, Map<String, String> answers) {
        List<ResponseInputItem> input = new ArrayList<>(List.of(user(first)));
        for (ResponseOutputItem item : response.output()) {
            item.reasoning().ifPresent(it -> input.add(ResponseInputItem.ofReasoning(it)));
            item.message()
                    .ifPresent(it -> input.add(ResponseInputItem.ofResponseOutputMessage(it)));
            item.functionCall().ifPresent(it -> input.add(ResponseInputItem.ofFunctionCall(it)));
            item.customToolCall()
                    .ifPresent(it -> input.add(ResponseInputItem.ofCustomToolCall(it)));
        }
        answers.forEach((id, answer) ->
                input.add(
                        ResponseInputItem.ofFunctionCallOutput(
                                ResponseInputItem.FunctionCallOutput.builder()
                                        .callId(id)
                                        .output(answer)
                                        .build())));
        return input;
    }

    @Test
    void aWholeAnswer() {
        Response response = whole(ask("Hi").instructions("Be brief.").build());
        assertThat(response.id()).startsWith("resp_");
        assertThat(response.model().asString()).isEqualTo(MODEL);
        assertThat(response.status()).hasValue(ResponseStatus.COMPLETED);
        assertThat(response.instructions().orElseThrow().asString()).isEqualTo("Be brief.");
        assertThat(text(response)).isNotBlank();
        assertThat(response.usage().orElseThrow().inputTokens()).isPositive();
        assertThat(response.usage().orElseThrow().outputTokens()).isPositive();
    }

    @Test
    void aStreamSaysTheSameAsTheWholeAnswer() {
        Response whole = whole(ask("Hi").build());
        List<ResponseStreamEvent> events = events(ask("Hi").build());
        assertThat(events.getFirst().isCreated()).isTrue();
        assertThat(events.getLast().isCompleted()).isTrue();
        Response response = streamed(ask("Hi").build());
        assertThat(text(response)).isEqualTo(text(whole));
        assertThat(response.status()).isEqualTo(whole.status());
        assertThat(response.usage().orElseThrow().outputTokens())
                .isEqualTo(whole.usage().orElseThrow().outputTokens());
        StringBuilder deltas = new StringBuilder();
        events.forEach(event -> event.outputTextDelta().ifPresent(d -> deltas.append(d.delta())));
        assertThat(deltas.toString()).isEqualTo(text(whole));
    }

    @Test
    void anImageReachesTheEngine() {
        assumeTrue(stack.engines().demo());
        var image =
                ResponseInputImage.builder()
                        .detail(ResponseInputImage.Detail.AUTO)
                        .imageUrl("data:image/png;base64," + Engines.RED_PNG)
                        .build();
        var shown =
                EasyInputMessage.builder()
                        .role(EasyInputMessage.Role.USER)
                        .contentOfResponseInputMessageContentList(
                                List.of(ResponseInputContent.ofInputImage(image)))
                        .build();
        var params =
                ask("").model("sees")
                        .inputOfResponse(List.of(ResponseInputItem.ofEasyInputMessage(shown)));
        assertThat(text(streamed(params.build()))).contains("red picture");
    }

    @Test
    void aCutAnswerSaysSo() {
        List<ResponseStreamEvent> events = events(ask("go on forever").maxOutputTokens(5).build());
        Response response = events.getLast().incomplete().orElseThrow().response();
        assertThat(response.status()).hasValue(ResponseStatus.INCOMPLETE);
        assertThat(response.incompleteDetails().orElseThrow().reason().orElseThrow().asString())
                .isEqualTo("max_output_tokens");
    }

    @Test
    void reasoningIsAnItemOfItsOwnAndComesBack() {
        assumeTrue(stack.engines().demo());
        String first = "[[think]] [[say fine]]";
        Response response = streamed(ask(first).build());
        assertThat(response.output()).hasSize(2);
        assertThat(response.output().getFirst().isReasoning()).isTrue();
        assertThat(text(response)).isEqualTo("fine");
        List<ResponseInputItem> input = goneOn(first, response, Map.of());
        input.add(user("and now?"));
        assertThat(text(whole(ask("x").inputOfResponse(input).build()))).isNotBlank();
    }

    @Test
    void aToolRoundTrip() {
        assumeTrue(stack.engines().demo());
        String first = "What is the weather?";
        Response response = streamed(ask(first).addTool(weather()).build());
        ResponseFunctionToolCall call = calls(response).getFirst();
        assertThat(call.name()).isEqualTo("get_weather");
        assertThat(call.arguments()).contains("city");
        List<ResponseInputItem> input = goneOn(first, response, Map.of(call.callId(), "sunny"));
        Response answer = whole(ask("x").inputOfResponse(input).addTool(weather()).build());
        assertThat(answer.status()).hasValue(ResponseStatus.COMPLETED);
        assertThat(text(answer)).isNotBlank();
        assertThat(calls(answer)).isEmpty();
    }

    @Test
    void parallelCalls() {
        assumeTrue(stack.engines().demo());
        String both =
                "[[tool get_weather {\"city\":\"Oslo\"}]] [[tool get_weather {\"city\":\"Rome\"}]]";
        ResponseCreateParams params = ask(both).addTool(weather()).build();
        for (Response response : List.of(streamed(params), whole(params))) {
            List<ResponseFunctionToolCall> calls = calls(response);
            assertThat(calls).hasSize(2);
            assertThat(calls.get(0).callId()).isNotEqualTo(calls.get(1).callId());
            assertThat(calls.get(0).arguments()).contains("Oslo");
            assertThat(calls.get(1).arguments()).contains("Rome");
        }
    }

    @Test
    void aCustomToolIsCalledWithItsText() {
        assumeTrue(stack.engines().demo());
        ResponseCreateParams params =
                ask("[[tool apply_patch {\"input\":\"*** Begin Patch\"}]]")
                        .addTool(CustomTool.builder().name("apply_patch").build())
                        .build();
        for (Response response : List.of(streamed(params), whole(params))) {
            ResponseCustomToolCall call =
                    response.output().getFirst().customToolCall().orElseThrow();
            assertThat(call.name()).isEqualTo("apply_patch");
            assertThat(call.input()).isEqualTo("*** Begin Patch");
        }
    }

    @Test
    void whatNeedsAMemoryIsRefused() {
        for (ResponseCreateParams params :
                List.of(
                        ask("Hi").previousResponseId("resp_1").build(),
                        ask("Hi").conversation("conv_1").build(),
                        ask("Hi").background(true).build())) {
            assertThatThrownBy(() -> client.responses().create(params))
                    .isInstanceOf(BadRequestException.class);
        }
    }

    @Test
    void anUnknownModelIsNotFound() {
        ResponseCreateParams params = ask("Hi").model("nobody").build();
        assertThatThrownBy(() -> client.responses().create(params))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("nobody");
    }

    @Test
    void aPromptThatIsTooLongSaysSo() {
        assumeTrue(stack.engines().demo());
        ResponseCreateParams params = ask("word ".repeat(180_000)).build();
        assertThatThrownBy(() -> client.responses().create(params))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("prompt is too long: ")
                .hasMessageContaining(" > 131072 maximum");
        // The code is Codex's, and not among those the SDK knows, so it is not validated.
        Response failed;
        try (StreamResponse<ResponseStreamEvent> stream =
                client.responses().createStreaming(params)) {
            failed = stream.stream().toList().getLast().failed().orElseThrow().response();
        }
        assertThat(failed.status()).hasValue(ResponseStatus.FAILED);
        assertThat(failed._error().toString()).contains("context_length_exceeded");
    }

    @Test
    void anEngineThatRefusesHasItsStatus() {
        assumeTrue(stack.engines().demo());
        assertThatThrownBy(() -> events(ask("[[refuse 500]]").build()))
                .isInstanceOf(InternalServerException.class);
    }

    @Test
    void anErrorInMidAnswerIsTheLastEvent() {
        assumeTrue(stack.engines().demo());
        List<ResponseStreamEvent> events = events(ask("[[error after 3]]").build());
        assertThat(events.getLast().isFailed()).isTrue();
        assertThat(events).noneMatch(ResponseStreamEvent::isCompleted);
    }

    @Test
    void leavingAStreamFreesTheEngine() throws Exception {
        try (StreamResponse<ResponseStreamEvent> stream =
                client.responses()
                        .createStreaming(ask("go on forever").maxOutputTokens(100_000).build())) {
            var events = stream.stream().iterator();
            for (int i = 0; i < 6; i++) {
                events.next();
            }
            assertThat(stack.engineIdle(MODEL)).isFalse();
        }
        Stack.until("the slot is free", () -> stack.engineIdle(MODEL));
    }
}
