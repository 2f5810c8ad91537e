package cortex.core.dialect.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.failure.Failure;
import cortex.core.failure.Failure.StillLoading.State;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class AnthropicErrorsTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    private static JsonNode render(Failure failure) {
        String text = new String(AnthropicErrors.render(failure, "req_7"), UTF_8);
        assertThat(text).doesNotContain("\n");
        return requireNonNull(ChatJson.parse(text));
    }

    @Test
    void theEnvelope() {
        assertThat(
                        new String(
                                AnthropicErrors.render(
                                        new Failure.UnknownModel("gpt", List.of("tiny")), "req_7"),
                                UTF_8))
                .isEqualTo(
                        "{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\",\"message\":"
                                + "\"model: gpt. Unknown model 'gpt'. Did you mean"
                                + " tiny?\"},\"request_id\":\"req_7\"}");
    }

    @Test
    void everyFailureHasItsStatusAndType() {
        Map<Failure, String> all = new LinkedHashMap<>();
        all.put(new Failure.BadRequest("x", null), "400 invalid_request_error");
        all.put(new Failure.ContextOverflow("x", null, null), "400 invalid_request_error");
        all.put(new Failure.Unauthorized("x"), "401 authentication_error");
        all.put(new Failure.Forbidden("x"), "403 permission_error");
        all.put(new Failure.Unsupported(404, "x", "thread_not_found"), "404 not_found_error");
        all.put(new Failure.Unsupported(400, "x", "y"), "400 invalid_request_error");
        all.put(new Failure.UnknownModel("x", List.of()), "404 not_found_error");
        all.put(new Failure.Unservable("x", "y"), "404 not_found_error");
        all.put(new Failure.UnknownPath("GET", "/x"), "404 not_found_error");
        all.put(
                new Failure.MethodNotAllowed("GET", "/x", List.of("POST")),
                "405 invalid_request_error");
        all.put(new Failure.TooLarge(5), "413 request_too_large");
        all.put(new Failure.Refused(408, "x"), "408 timeout_error");
        all.put(new Failure.Refused(431, "x"), "431 invalid_request_error");
        all.put(new Failure.Overloaded("x", SOON), "429 rate_limit_error");
        all.put(new Failure.NoCapacity("m", "x", SOON), "529 overloaded_error");
        all.put(new Failure.StillLoading("m", "n", SOON), "503 overloaded_error");
        all.put(new Failure.LoadFailed("m", "n", "x", SOON), "503 overloaded_error");
        all.put(new Failure.EngineError(400, "x", null), "400 invalid_request_error");
        all.put(new Failure.EngineError(413, "x", null), "413 request_too_large");
        all.put(new Failure.EngineError(500, "x", null), "500 api_error");
        all.put(new Failure.EngineError(502, "x", null), "502 api_error");
        all.put(new Failure.EngineError(504, "x", null), "504 timeout_error");
        all.put(new Failure.EngineGone("m", "x"), "502 api_error");
        all.put(new Failure.NodeTls("m", "x"), "502 api_error");
        all.put(new Failure.EngineDied("m", "x", null, 1), "502 api_error");
        all.put(new Failure.EngineSilent("m", SOON), "504 timeout_error");
        all.put(new Failure.ShuttingDown(), "503 overloaded_error");
        all.put(new Failure.ClientGone(), "499 api_error");
        all.put(new Failure.Internal("req_7"), "500 api_error");
        assertThat(all.keySet().stream().map(Object::getClass).distinct())
                .containsExactlyInAnyOrder(Failure.class.getPermittedSubclasses());
        all.forEach((failure, expected) -> {
            JsonNode error = render(failure).path("error");
            String type = error.path("type").asString();
            assertThat(AnthropicErrors.status(failure) + " " + type).isEqualTo(expected);
            assertThat(error.path("message").asString()).isNotBlank();
        });
    }

    @Test
    void aLoadUnderWaySaysWhereAndHowLong() {
        JsonNode loading =
                render(
                                new Failure.StillLoading(
                                        "m", State.LOADING, "beast", SOON, Duration.ofSeconds(7)))
                        .at("/error/loading");
        assertThat(loading.path("state").asString()).isEqualTo("loading");
        assertThat(loading.path("node").asString()).isEqualTo("beast");
        assertThat(loading.path("eta_s").asInt()).isEqualTo(7);
    }

    @Test
    void overflowsOfBothEnginesMakeAgentsCompact() {
        var source = new EngineErrors.Source("m", "n");
        String llama =
                "{\"error\":{\"code\":400,\"message\":\"request (210000 tokens) exceeds the"
                        + " available context size (32768 tokens), try increasing"
                        + " it\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":210000,"
                        + "\"n_ctx\":32768}}";
        assertThat(message(EngineErrors.of(400, llama.getBytes(UTF_8), source)))
                .isEqualTo("prompt is too long: 210000 tokens > 32768 maximum");
        String mistralrs =
                "{\"message\":\"Prompt sequence length is greater than 4096, perhaps consider"
                        + " using `truncate_sequence`?\"}";
        assertThat(message(EngineErrors.of(422, mistralrs.getBytes(UTF_8), source)))
                .startsWith("prompt is too long: ")
                .contains("4096");
        Failure counted =
                EngineErrors.counted(
                        new Failure.ContextOverflow("prompt is too long", null, 4096L), 5000);
        assertThat(message(counted)).isEqualTo("prompt is too long: 5000 tokens > 4096 maximum");
        Failure guessed = EngineErrors.counted(new Failure.ContextOverflow("p", null, 4096L), 10);
        assertThat(message(guessed)).isEqualTo("prompt is too long: 4097 tokens > 4096 maximum");
        Failure other = new Failure.ShuttingDown();
        assertThat(EngineErrors.counted(other, 10)).isSameAs(other);
    }

    @Test
    void validationOfMistralrsIsTheClientsMistake() {
        Failure failure =
                EngineErrors.of(
                        422,
                        "{\"message\":\"bad tool\"}".getBytes(UTF_8),
                        new EngineErrors.Source("m", "n"));
        assertThat(AnthropicErrors.status(failure)).isEqualTo(400);
        assertThat(message(failure)).isEqualTo("bad tool");
    }

    private static String message(Failure failure) {
        return render(failure).path("error").path("message").asString();
    }
}
