package cortex.core.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Conversation;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.Turn;
import cortex.core.dialect.chat.answer.AnswerStream;
import cortex.core.dialect.chat.answer.AnswerWriter;
import cortex.core.dialect.chat.answer.Block;
import cortex.core.dialect.chat.answer.BlockKind;
import cortex.core.dialect.chat.answer.Counts;
import cortex.core.dialect.chat.answer.Terms;
import cortex.core.dialect.chat.answer.WholeAnswer;
import cortex.core.dialect.chat.request.ChatPrompt;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.chat.stream.EventSink;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.dialect.chat.tool.ToolAsk;
import cortex.core.engine.EngineApi;
import cortex.core.failure.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/// Does what docs/extending/dialect.md says, with a public API that does not exist: a request is
/// `{"telegram": "text"}`, and an answer is one line for each thing that happens.
class ToyDialectTest {
    private static final Target TARGET = new Target("m", EngineApi.GENERIC, Quirks.NONE);

    /// Step 1 of the page: the request.
    private static ChatRequest translate(String body) {
        ObjectNode request = ChatJson.object(body.getBytes(UTF_8));
        Turn said =
                new Turn.User(
                        List.of(),
                        List.of(new Turn.Text(ChatJson.stringOrEmpty(request, "telegram"))));
        Conversation conversation = Conversation.arrange("", List.of(said), TARGET.quirks());
        ChatPrompt prompt = ChatPrompt.of(TARGET, conversation, ToolAsk.AUTO, ChatJson.array());
        var client = new ChatRequest.Client("m", request.path("wire").asBoolean(true), null);
        return prompt.streamed(client, List.of());
    }

    /// Step 2: the answer as it comes.
    private static final class Wire implements AnswerWriter {
        private final JsonBuffer out = new JsonBuffer();
        private final EventSink sink;

        Wire(EventSink sink) {
            this.sink = sink;
        }

        private void line(String text) {
            out.raw((text + "\n").getBytes(UTF_8));
        }

        @Override
        public void start(Counts known) {
            line("START");
        }

        @Override
        public void alive() {
            line("ALIVE");
        }

        @Override
        public void open(BlockKind kind, String id, String name) {
            line(kind + (kind == BlockKind.CALL ? " " + id + " " + name : ""));
        }

        @Override
        public void append(JsonSlice more) {
            line("  " + more.decode());
        }

        @Override
        public void close(boolean whole) {
            line(whole ? "STOP" : "TORN");
        }

        @Override
        public void end(String finish, Counts counts) {
            line("END " + finish + " " + counts.output());
        }

        @Override
        public void fail(Failure failure, Counts counts) {
            line("FAILED " + failure.message());
        }

        @Override
        public String callId(int n) {
            return "call" + n;
        }

        @Override
        public void flush() {
            out.drainTo(sink);
        }
    }

    /// Step 3: the answer as one body.
    private static final class Letter implements WholeAnswer.Form {
        @Override
        public String callId(int n) {
            return "call" + n;
        }

        @Override
        public byte[] body(List<Block> blocks, long held, String finish, Counts counts) {
            return blocks.stream()
                    .map(block -> block.kind() + " " + block.name() + block.text())
                    .collect(Collectors.joining("\n"))
                    .getBytes(UTF_8);
        }
    }

    private static final String[] ENGINE = {
        "d {\"reasoning_content\":\"hm\"}",
        "d {\"content\":\"Hi\"}",
        "d {\"tool_calls\":[{\"index\":0,\"id\":\"A\",\"function\":{\"name\":\"f\","
                + "\"arguments\":\"{\"}}]}",
        "d {\"tool_calls\":[{\"index\":1,\"id\":\"A\",\"function\":{\"name\":\"g\","
                + "\"arguments\":\"{}\"}}]}",
        "d {\"content\":\" and more\"}",
        "d {\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"}\"}}]}",
        "f tool_calls",
        "u {\"prompt_tokens\":10,\"completion_tokens\":7}",
        "done"
    };

    private static void answer(AnswerWriter writer) {
        Terms terms = Terms.of(translate("{\"telegram\":\"Hello\"}"), TARGET);
        AnswerStream stream = new AnswerStream(terms, writer);
        for (EngineScript.Step step : EngineScript.steps(List.of(ENGINE))) {
            byte[] bytes = step.bytes().getBytes(UTF_8);
            stream.feed(bytes, 0, bytes.length);
        }
        stream.end();
        assertThat(stream.failure()).isNull();
    }

    @Test
    void aRequestBecomesAChatRequest() {
        ChatRequest chat = translate("{\"telegram\":\"Hello\",\"wire\":false}");
        assertThat(chat.client().stream()).isFalse();
        assertThat(ChatJson.text(chat.body()))
                .isEqualTo(
                        """
                        {"model":"m","messages":[{"role":"user","content":"Hello"}],"stream":true,\
                        "stream_options":{"include_usage":true}}\
                        """);
    }

    /// What came interleaved is in a row, and the id that came twice is another.
    @Test
    void anAnswerGoesOutOneBlockAtATime() {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        answer(new Wire(sent::write));
        assertThat(sent.toString(UTF_8))
                .isEqualTo(
                        """
                        START
                        REASONING
                          hm
                        STOP
                        TEXT
                          Hi
                        STOP
                        CALL A f
                          {
                          }
                        STOP
                        CALL call1 g
                          {}
                        STOP
                        TEXT
                           and more
                        STOP
                        END tool_calls 7
                        """);
    }

    @Test
    void anAnswerIsGatheredInTheSameOrder() {
        WholeAnswer whole = new WholeAnswer(new Letter());
        answer(whole);
        assertThat(whole.body())
                .asString(UTF_8)
                .isEqualTo("REASONING hm\nTEXT Hi\nCALL f{}\nCALL g{}\nTEXT  and more");
    }

    @Test
    void anAnswerThatBreaksOffSaysSo() {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        Terms terms = Terms.of(translate("{\"telegram\":\"Hello\"}"), TARGET);
        AnswerStream stream = new AnswerStream(terms, new Wire(sent::write));
        stream.ping();
        stream.fail(new Failure.EngineSilent("m", Duration.ofMinutes(1)));
        assertThat(sent.toString(UTF_8)).startsWith("START\nALIVE\nFAILED ");
    }

    @Test
    void thePageNamesWhatIsThere() throws IOException {
        Path root = Path.of("../..").toAbsolutePath().normalize();
        String page = Files.readString(root.resolve("docs/extending/dialect.md"));
        for (Class<?> used :
                Set.of(
                        Conversation.class,
                        ChatPrompt.class,
                        ChatRequest.class,
                        AnswerWriter.class,
                        WholeAnswer.class,
                        Terms.class,
                        getClass())) {
            assertThat(page).contains("`" + used.getSimpleName() + "`");
        }
        Matcher paths = Pattern.compile("`((?:modules|docs)/[^`]+)`").matcher(page);
        assertThat(paths.results().map(path -> root.resolve(path.group(1))).toList())
                .hasSizeGreaterThan(2)
                .allSatisfy(path -> assertThat(path).exists());
    }
}
