package cortex.core.dialect.responses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.dialect.anthropic.request.Target;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.EngineKind;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.responses.request.ResponsesRequest;
import cortex.core.dialect.responses.request.TranslatedResponses;
import cortex.core.failure.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Each file under `request`: a request and the chat request it becomes, or the error it gets.
final class ResponsesRequestTest {
    static List<Case> cases() throws IOException {
        return Case.all("request");
    }

    private static Target target(String engine) {
        EngineKind kind = engine.isBlank() ? EngineKind.LLAMA_SERVER : kind(engine.strip());
        Quirks none = Quirks.NONE;
        Quirks reasons =
                new Quirks(
                        false,
                        false,
                        none.systemInMiddle(),
                        false,
                        true,
                        true,
                        true,
                        false,
                        false,
                        null);
        return new Target("engine-model", kind, reasons);
    }

    private static EngineKind kind(String name) {
        return EngineKind.valueOf(name.toUpperCase(java.util.Locale.ROOT));
    }

    static TranslatedResponses translate(String request, String engine) {
        byte[] body = request.getBytes(StandardCharsets.UTF_8);
        return ResponsesRequest.translate(body, target(engine));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void becomes(Case golden) {
        String request = golden.section("request");
        String engine = golden.sections().getOrDefault("engine", "");
        String error = golden.sections().get("error");
        if (error != null) {
            assertThatThrownBy(() -> translate(request, engine))
                    .isInstanceOf(FailureException.class)
                    .hasMessageContaining(error.strip());
            return;
        }
        TranslatedResponses translated = translate(request, engine);
        JsonNode chat = translated.chat();
        JsonNode expected =
                ChatJson.object(golden.section("chat").getBytes(StandardCharsets.UTF_8));
        assertThat(chat).isEqualTo(expected);
        String dropped = golden.sections().getOrDefault("dropped", "").strip();
        assertThat(String.join(", ", translated.dropped())).isEqualTo(dropped);
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
        String before = translate(first, "").chat().path("messages").toString();
        String after = translate(second, "").chat().path("messages").toString();
        assertThat(after).startsWith(before.substring(0, before.length() - 1));
    }
}
