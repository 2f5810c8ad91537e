package cortex.core.dialect.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.openai.OpenAiErrors;
import cortex.core.failure.Failure;
import cortex.core.failure.Limit;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Each file under `stream`: what the engine sends, and the events the client gets. However the
/// engine's bytes are cut, also inside characters, and however its stream is spelled, they are the
/// same; and an answer that is not streamed is what the last event holds.
final class ResponseStreamTest {
    static final String PLAIN = "{\"model\":\"m\",\"input\":\"x\",\"stream\":true}";

    static List<Case> cases() {
        return Case.all("stream");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void becomes(Case golden) {
        String events = canonical(golden.section("events").strip());
        for (int portion : new int[] {1 << 20, 1, 2, 3, 7, 64}) {
            assertThat(run(golden, portion, UnaryOperator.identity()))
                    .as("in portions of %d", portion)
                    .isEqualTo(events);
        }
        assertThat(run(golden, 5, text -> text.replace("\n", "\r\n"))).isEqualTo(events);
        assertThat(run(golden, 5, text -> text.replace("data: ", "data:"))).isEqualTo(events);
        assertThat(run(golden, 5, text -> text.replace("data: ", ": hi\n: \ndata: ")))
                .isEqualTo(events);
    }

    /// JSON texts in one spelling, whatever escapes the case was written with.
    private static String canonical(String events) {
        return events.lines()
                .map(line -> {
                    int json = line.indexOf('{');
                    JsonNode data = ChatJson.parse(line.substring(json));
                    return line.substring(0, json) + ChatJson.text(requireNonNull(data, line));
                })
                .collect(Collectors.joining("\n"));
    }

    private static String run(Case golden, int portion, UnaryOperator<String> spelling) {
        Run run = Run.of(golden);
        run.drive(golden.steps(), portion, spelling);
        run.end();
        assertThat(run.stream.over()).isTrue();
        Failure early = run.stream.earlyFailure();
        if (early != null) {
            assertThat(run.text()).as("nothing is written before a status").isEmpty();
            return "early "
                    + early.status()
                    + " "
                    + new String(OpenAiErrors.render(early, null), UTF_8);
        }
        List<String> events = run.events();
        Run.assertTerminatedOnce(events);
        byte[] whole = run.body();
        if (whole != null) {
            assertThat(run.text()).contains("\"response\":" + new String(whole, UTF_8) + "}\n\n");
        } else {
            assertThat(events.getLast()).startsWith("response.failed ");
        }
        return String.join("\n", events);
    }

    @Test
    void theWholeObjectHasEveryFieldOfTheApi() {
        Run run = Run.of(PLAIN);
        run.feed("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n");
        run.feed("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
        assertThat(run.body()).isNull();
        run.feed("data: [DONE]\n\n");
        String text = new String(requireNonNull(run.body()), UTF_8);
        JsonNode object = requireNonNull(ChatJson.parse(text));
        assertThat(object.propertyNames())
                .contains(
                        "id",
                        "object",
                        "created_at",
                        "status",
                        "error",
                        "incomplete_details",
                        "instructions",
                        "metadata",
                        "model",
                        "output",
                        "parallel_tool_calls",
                        "previous_response_id",
                        "temperature",
                        "tool_choice",
                        "tools",
                        "top_p",
                        "usage");
    }

    @Test
    void aSignOfLifeIsAnEventAndCommits() {
        Run run = Run.of(PLAIN);
        run.stream.ping();
        run.stream.ping();
        run.stream.fail(new Failure.NoCapacity("m", "No room.", Duration.ofSeconds(7)));
        assertThat(run.stream.committed()).isTrue();
        assertThat(run.events())
                .startsWith(
                        "response.created {\"status\":\"in_progress\"}",
                        "response.in_progress {\"status\":\"in_progress\"}",
                        "response.in_progress {\"status\":\"in_progress\"}",
                        "response.in_progress {\"status\":\"in_progress\"}")
                .hasSize(5);
        assertThat(run.events().getLast())
                .startsWith("response.failed ")
                .contains("\"code\":\"rate_limit_exceeded\"")
                .contains("No room. Please try again in 7s.");
        run.stream.feed(new byte[] {1, 2, 3}, 0, 3);
        run.stream.ping();
        assertThat(run.events()).hasSize(5);
    }

    /// Codex repeats a request for every code but those that say that it is no use.
    @Test
    void whatWouldOnlyFailAgainSaysSo() {
        assertThat(code(new Failure.EngineError(400, "No grammar.", null)))
                .isEqualTo("invalid_prompt");
        assertThat(code(new Failure.BadRequest("No.", null))).isEqualTo("invalid_prompt");
        assertThat(code(new Failure.EngineError(500, "Broke.", null))).isEqualTo("server_error");
        assertThat(code(new Failure.EngineGone("m", "Gone."))).isEqualTo("server_error");
        assertThat(code(new Failure.Overloaded("Full.", Duration.ofSeconds(2), Limit.ENGINE)))
                .isEqualTo("rate_limit_exceeded");
        assertThat(code(new Failure.ContextOverflow("Long.", 5L, 4L)))
                .isEqualTo("context_length_exceeded");
    }

    private static String code(Failure failure) {
        Run run = Run.of(PLAIN);
        run.stream.ping();
        run.stream.fail(failure);
        String event = run.events().getLast();
        JsonNode data = requireNonNull(ChatJson.parse(event.substring(event.indexOf('{'))));
        return data.path("error").path("code").asString();
    }

    @Test
    void anotherTryGoesOnWithTheNumbers() {
        Run run = Run.of(PLAIN);
        run.stream.ping();
        run.again();
        run.feed("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n");
        run.feed("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
        run.stream.settle();
        List<String> events = run.events();
        Run.assertTerminatedOnce(events);
        assertThat(events.stream().filter(e -> e.startsWith("response.created"))).hasSize(1);
    }
}
