package cortex.core.dialect.responses;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.anthropic.request.Target;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.EngineKind;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.dialect.responses.request.TranslatedResponses;
import cortex.core.dialect.responses.stream.Reply;
import cortex.core.dialect.responses.stream.ResponseStream;
import cortex.core.failure.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Each file under `stream`: what the engine sends, and the events the client gets. However the
/// engine's bytes are cut, they are the same.
final class ResponseStreamTest {
    private static final String PLAIN = "{\"model\":\"m\",\"input\":\"x\",\"stream\":true}";

    static List<Case> cases() throws IOException {
        return Case.all("stream");
    }

    /// One answer and what came out of it.
    private static final class Run {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ResponseStream stream;

        Run(String request) {
            TranslatedResponses asked = ResponsesRequestTest.translate(request, "");
            Target target = new Target("engine-model", EngineKind.LLAMA_SERVER, Quirks.NONE);
            Reply reply =
                    Reply.to(
                            asked,
                            target,
                            new Reply.Birth("resp_test", 1_700_000_000L),
                            new EngineErrors.Source("m", "node"));
            stream = new ResponseStream(reply, out::write);
        }

        Run feed(String text, int step) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < bytes.length; i += step) {
                stream.feed(bytes, i, Math.min(step, bytes.length - i));
            }
            return this;
        }

        String text() {
            return out.toString(StandardCharsets.UTF_8);
        }

        /// The events, their numbers checked and their parts that never vary left out.
        List<String> events() {
            List<String> events = new ArrayList<>();
            for (String event : text().split("\n\n", -1)) {
                if (event.isEmpty()) {
                    continue;
                }
                List<String> lines = event.lines().toList();
                String name = lines.get(0).substring("event: ".length());
                JsonNode data = ChatJson.parse(lines.get(1).substring("data: ".length()));
                if (!(data instanceof ObjectNode object)) {
                    throw new AssertionError("not an event: " + event);
                }
                assertThat(object.path("type").asString()).isEqualTo(name);
                assertThat(object.path("sequence_number").asInt()).isEqualTo(events.size());
                object.remove(List.of("type", "sequence_number", "logprobs"));
                events.add(name + " " + ChatJson.text(shortened(object)));
            }
            return events;
        }

        private static ObjectNode shortened(ObjectNode event) {
            JsonNode response = event.path("response");
            if (response.isMissingNode()) {
                return event;
            }
            assertThat(response.path("id").asString()).isEqualTo("resp_test");
            ObjectNode kept = ChatJson.object();
            for (String name :
                    List.of("status", "error", "incomplete_details", "output", "usage")) {
                JsonNode value = response.path(name);
                if (!value.isNull() && !(value.isArray() && value.isEmpty())) {
                    kept.set(name, value);
                }
            }
            return kept;
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void becomes(Case golden) {
        String request = golden.sections().getOrDefault("request", PLAIN);
        String engine = golden.section("engine");
        for (int step : new int[] {1 << 20, 1, 7}) {
            Run run = new Run(request).feed(engine, step);
            run.stream.end();
            assertThat(run.stream.over()).isTrue();
            assertThat(String.join("\n", run.events()))
                    .as("in portions of %d", step)
                    .isEqualTo(golden.section("events").strip());
        }
    }

    @Test
    void theWholeObjectIsWhatTheLastEventHolds() {
        Run run = new Run(PLAIN);
        run.feed("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n", 99);
        run.feed(
                "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
                99);
        run.feed("data: [DONE]\n\n", 99);
        byte @Nullable [] whole = run.stream.whole();
        assertThat(whole).isNotNull();
        String text = new String(whole == null ? new byte[0] : whole, StandardCharsets.UTF_8);
        assertThat(run.text()).contains("\"response\":" + text + "}\n\n");
        JsonNode object = ChatJson.parse(text);
        assertThat(object).isNotNull();
        assertThat(object == null ? List.of() : object.propertyNames())
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
                        "temperature",
                        "tool_choice",
                        "tools",
                        "top_p",
                        "usage");
    }

    @Test
    void aFailureBeforeTheFirstChunkWritesNothing() {
        Run run = new Run(PLAIN);
        run.feed(
                "data: {\"error\":{\"code\":500,\"message\":\"no\",\"type\":\"server_error\"}}\n\n",
                99);
        assertThat(run.stream.failure()).isInstanceOf(Failure.EngineError.class);
        assertThat(run.stream.committed()).isFalse();
        assertThat(run.text()).isEmpty();
    }

    @Test
    void aSignOfLifeIsAnEventAndCommits() {
        Run run = new Run(PLAIN);
        run.stream.ping();
        run.stream.ping();
        run.stream.fail(new Failure.StillLoading("m", "node", java.time.Duration.ofSeconds(7)));
        assertThat(run.stream.committed()).isTrue();
        assertThat(run.events())
                .containsExactly(
                        "response.created {\"status\":\"in_progress\"}",
                        "response.in_progress {\"status\":\"in_progress\"}",
                        "response.in_progress {\"status\":\"in_progress\"}",
                        "response.failed {\"status\":\"failed\",\"error\":{\"code\":"
                                + "\"rate_limit_exceeded\",\"message\":\"The model 'm' is still"
                                + " loading on node. Try again soon. Please try again in 7s.\"},"
                                + "\"usage\":{\"input_tokens\":0,\"input_tokens_details\":{"
                                + "\"cached_tokens\":0},\"output_tokens\":0,"
                                + "\"output_tokens_details\":{\"reasoning_tokens\":0},"
                                + "\"total_tokens\":0}}");
        run.stream.feed(new byte[] {1, 2, 3}, 0, 3);
        run.stream.ping();
        assertThat(run.events()).hasSize(4);
    }
}
