package cortex.core.dialect.openai;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.failure.Failure;
import cortex.core.failure.Failure.StillLoading.State;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class OpenAiErrorsTest {
    private static String render(Failure failure) {
        return new String(OpenAiErrors.render(failure, null), StandardCharsets.UTF_8);
    }

    @Test
    void theEnvelope() {
        assertThat(render(new Failure.BadRequest("'model' \"is\"\nmissing", "model")))
                .isEqualTo(
                        "{\"error\":{\"message\":\"'model' \\\"is\\\"\\nmissing\","
                                + "\"type\":\"invalid_request_error\","
                                + "\"param\":\"model\",\"code\":null}}");
        assertThat(render(new Failure.UnknownModel("gpt", List.of("tiny"))))
                .contains("\"code\":\"model_not_found\"")
                .contains("Did you mean tiny?");
        assertThat(render(new Failure.ContextOverflow("prompt is too long", 9L, 5L)))
                .contains("\"code\":\"context_length_exceeded\"");
    }

    @Test
    void aLoadUnderWaySaysWhereAndHowLong() {
        Duration soon = Duration.ofSeconds(7);
        assertThat(render(new Failure.StillLoading("m", State.MAKING_ROOM, "beast", soon, soon)))
                .contains("ready in 7 s")
                .contains("\"loading\":{\"state\":\"making_room\",\"node\":\"beast\",\"eta_s\":7}");
        assertThat(render(new Failure.StillLoading("m", "beast", soon))).contains("\"eta_s\":null");
    }

    @Test
    void everyFailureHasTheFourFields() {
        List<Failure> all = new ArrayList<>(DocumentedCodesTest.RENDERED);
        all.add(new Failure.Refused(505, "x"));
        all.add(new Failure.EngineError(500, "x", null));
        all.add(new Failure.EngineError(400, "x", "c"));
        all.add(new Failure.ClientGone());
        for (Failure failure : all) {
            byte[] json = OpenAiErrors.render(failure, null);
            assertThat(new String(json, StandardCharsets.UTF_8)).doesNotContain("\n");
            JsonNode error = JsonMapper.shared().readTree(json).path("error");
            assertThat(error.propertyNames())
                    .as(failure.toString())
                    .startsWith("message", "type", "param", "code")
                    .hasSize(failure instanceof Failure.StillLoading ? 5 : 4);
            assertThat(error.path("message").asString()).isNotBlank();
            assertThat(error.path("type").asString())
                    .isEqualTo(expectedType(failure.status(), failure));
        }
    }

    private static String expectedType(int status, Failure failure) {
        if (failure instanceof Failure.EngineSilent) {
            return "timeout";
        }
        if (status == 429) {
            return "rate_limit_error";
        }
        return status < 499 || failure instanceof Failure.Refused
                ? "invalid_request_error"
                : "server_error";
    }
}
