package cortex.core.dialect.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.responses.request.ResponsesRequest;
import cortex.core.dialect.responses.request.TranslatedResponses;
import cortex.core.failure.FailureException;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Each file under `request`: a request and the chat request it becomes, or the error it gets.
final class ResponsesRequestTest {
    static List<Case> cases() {
        return Case.all("request");
    }

    private static TranslatedResponses translate(String request, Target target) {
        return ResponsesRequest.translate(request.getBytes(UTF_8), target);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void becomes(Case golden) {
        String request = golden.section("request");
        String error = golden.sections().get("error");
        if (error != null) {
            assertThatThrownBy(() -> translate(request, golden.target()))
                    .isInstanceOf(FailureException.class)
                    .hasMessageContaining(error.strip());
            return;
        }
        ChatRequest chat = translate(request, golden.target()).chat();
        JsonNode expected = ChatJson.object(golden.section("chat").getBytes(UTF_8));
        assertThat(chat.body()).isEqualTo(expected);
        String dropped = golden.sections().getOrDefault("dropped", "").strip();
        assertThat(String.join(", ", chat.dropped())).isEqualTo(dropped);
        facts(golden, chat);
        assertThat(chat.answerInputs().estimatedTokens()).isPositive();
    }

    private static void facts(Case golden, ChatRequest chat) {
        String given = golden.sections().getOrDefault("facts", "{}");
        JsonNode facts = requireNonNull(ChatJson.parse(given));
        facts.forEachEntry((key, value) -> {
            String actual =
                    switch (key) {
                        case "model" -> chat.client().model();
                        case "stream" -> Boolean.toString(chat.client().stream());
                        case "sessionId" -> chat.client().sessionId();
                        case "singleTool" -> Boolean.toString(chat.answerInputs().singleTool());
                        case "prefill" -> chat.answerInputs().prefill();
                        case "usedToolIds" ->
                                String.join(",", new TreeSet<>(chat.answerInputs().usedToolIds()));
                        default -> throw new IllegalArgumentException(key);
                    };
            assertThat(actual).as(key).isEqualTo(value.asString());
        });
    }

    @Test
    void aConversationGoneOnBeginsWithTheSameMessages() {
        String first =
                """
                {"model":"m","instructions":"be brief","input":[
                 {"role":"user","content":"one"}]}\
                """;
        String second =
                """
                {"model":"m","instructions":"be brief","input":[
                 {"role":"user","content":"one"},
                 {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
                 {"type":"function_call_output","call_id":"c1","output":"done"},
                 {"role":"developer","content":"hurry"},
                 {"role":"user","content":"two"}]}\
                """;
        String before = messages(first);
        assertThat(messages(second)).startsWith(before.substring(0, before.length() - 1));
    }

    private static String messages(String request) {
        ChatRequest chat = translate(request, Case.target("", "")).chat();
        return chat.body().path("messages").toString();
    }
}
