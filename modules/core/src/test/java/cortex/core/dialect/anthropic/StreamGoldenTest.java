package cortex.core.dialect.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.EngineScript.Step;
import cortex.core.dialect.anthropic.stream.MessageEvents;
import cortex.core.dialect.anthropic.stream.WholeMessage;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.answer.AnswerStream;
import cortex.core.dialect.chat.answer.WholeAnswer;
import cortex.core.failure.Failure;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// Every case of anthropic/stream, fed whole, a byte at a time, cut inside characters, and in the
/// spellings that event streams may have.
class StreamGoldenTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        var files = Golden.files("stream");
        assertThat(files).hasSizeGreaterThan(70);
        return files.stream()
                .map(StreamCase::read)
                .map(golden -> DynamicTest.dynamicTest(golden.name(), () -> check(golden)));
    }

    private static void check(StreamCase golden) {
        String whole = run(golden, Integer.MAX_VALUE, UnaryOperator.identity());
        assertThat(told(whole)).isEqualTo(golden.events());
        for (int size : new int[] {1, 2, 3, 7, 64}) {
            assertThat(run(golden, size, UnaryOperator.identity())).isEqualTo(whole);
        }
        assertThat(run(golden, 5, text -> text.replace("\n", "\r\n"))).isEqualTo(whole);
        assertThat(run(golden, 5, text -> text.replace("data: ", "data:"))).isEqualTo(whole);
        assertThat(run(golden, 5, text -> text.replace("data: ", ": hi\n: \ndata: ")))
                .isEqualTo(whole);
        if (golden.whole() != null) {
            wholeAnswer(golden, golden.whole());
        }
    }

    private static List<String> told(String output) {
        return output.startsWith("early ") ? List.of(output) : Wire.tell(output);
    }

    /// What a case's stream becomes: the events, or the early failure as a line.
    private static String run(StreamCase golden, int portion, UnaryOperator<String> spelling) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        AnswerStream stream =
                golden.begin(new MessageEvents(golden.message(), "req_1", sent::write));
        drive(stream, golden.steps(), portion, spelling);
        assertThat(stream.over()).isTrue();
        Failure early = stream.earlyFailure();
        if (early == null) {
            assertThat(stream.committed()).isTrue();
            return sent.toString(UTF_8);
        }
        assertThat(sent.size()).as("nothing is written before a status").isZero();
        assertThat(stream.committed()).isFalse();
        JsonNode error =
                requireNonNull(
                                ChatJson.parse(
                                        new String(AnthropicErrors.render(early, "r"), UTF_8)))
                        .path("error");
        return "early "
                + AnthropicErrors.status(early)
                + " "
                + error.path("type").asString()
                + " "
                + ChatJson.text(error.path("message"));
    }

    private static void drive(
            AnswerStream stream, List<Step> steps, int portion, UnaryOperator<String> spelling) {
        for (Step step : steps) {
            byte[] bytes = spelling.apply(step.bytes()).getBytes(UTF_8);
            int n;
            for (int i = 0; i < bytes.length; i += n) {
                n = Math.min(portion, bytes.length - i);
                // A copy that is spoiled afterwards: nobody may hold on to what was fed.
                byte[] fed = new byte[n + 2];
                System.arraycopy(bytes, i, fed, 1, n);
                stream.feed(fed, 1, n);
                Arrays.fill(fed, (byte) '#');
            }
            command(stream, step.command());
        }
        stream.end();
    }

    private static void command(AnswerStream stream, String command) {
        switch (command) {
            case "" -> {}
            case "commit" -> stream.commit();
            case "ping" -> stream.ping();
            case "settle" -> stream.settle();
            case "fail" -> stream.fail(new Failure.EngineSilent("coder", Duration.ofMinutes(1)));
            default -> throw new IllegalArgumentException(command);
        }
    }

    private static void wholeAnswer(StreamCase golden, JsonNode expected) {
        WholeAnswer message = new WholeAnswer(new WholeMessage(golden.message()));
        drive(golden.begin(message), golden.steps(), 11, UnaryOperator.identity());
        byte[] body = requireNonNull(message.body());
        String text = new String(body, UTF_8).replaceAll("cortex\\.v1\\.\\w{24}", "cortex.v1.SIG");
        JsonNode answer = requireNonNull(ChatJson.parse(text));
        expected.forEachEntry(
                (key, value) -> assertThat(answer.path(key)).as(key).isEqualTo(value));
        assertThat(answer.path("id").asString()).isEqualTo("msg_test");
        assertThat(answer.path("type").asString()).isEqualTo("message");
        assertThat(answer.path("role").asString()).isEqualTo("assistant");
        assertThat(answer.path("model").asString()).isEqualTo("coder");
        assertThat(answer.has("stop_sequence")).isTrue();
        assertThat(answer.has("stop_details")).isTrue();
    }

    @Test
    void theBytes() {
        StreamCase golden =
                StreamCase.read(
                        Golden.files("stream").stream()
                                .filter(file -> Golden.name(file).equals("c4-llama-two-calls"))
                                .findFirst()
                                .orElseThrow());
        String wire = run(golden, Integer.MAX_VALUE, UnaryOperator.identity());
        assertThat(wire)
                .startsWith(
                        """
                        event: message_start
                        data: {"type":"message_start","message":{"id":"msg_test","type":"message",\
                        "role":"assistant","model":"coder","content":[],"stop_reason":null,\
                        "stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":0,\
                        "cache_read_input_tokens":0,"cache_creation_input_tokens":0}}}

                        event: content_block_start
                        data: {"type":"content_block_start","index":0,"content_block":\
                        {"type":"thinking","thinking":"","signature":""}}

                        event: content_block_delta
                        data: {"type":"content_block_delta","index":0,"delta":\
                        {"type":"thinking_delta","thinking":"hm"}}

                        """)
                .endsWith(
                        """
                        event: content_block_start
                        data: {"type":"content_block_start","index":3,"content_block":\
                        {"type":"tool_use","id":"B","name":"g","input":{}}}

                        event: content_block_delta
                        data: {"type":"content_block_delta","index":3,"delta":\
                        {"type":"input_json_delta","partial_json":"{}"}}

                        event: content_block_stop
                        data: {"type":"content_block_stop","index":3}

                        event: message_delta
                        data: {"type":"message_delta","delta":{"stop_reason":"tool_use",\
                        "stop_sequence":null},"usage":{"input_tokens":10,"output_tokens":20,\
                        "cache_read_input_tokens":80,"cache_creation_input_tokens":0}}

                        event: message_stop
                        data: {"type":"message_stop"}

                        """);
    }

    @Test
    void eachPortionGoesOutInOnePiece() {
        StreamCase golden = StreamCase.read(Golden.files("stream").getFirst());
        List<Integer> writes = new ArrayList<>();
        AnswerStream stream =
                golden.begin(
                        new MessageEvents(
                                golden.message(), "req_1", (_, _, length) -> writes.add(length)));
        byte[] chunk =
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n"
                        .getBytes(UTF_8);
        stream.feed(chunk, 0, chunk.length);
        stream.feed(chunk, 0, chunk.length);
        assertThat(writes).hasSize(2);
    }
}
