package cortex.core.dialect.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.Fuzz;
import cortex.core.dialect.anthropic.request.MessagesRequest;
import cortex.core.dialect.anthropic.stream.MessageEvents;
import cortex.core.dialect.anthropic.stream.WholeMessage;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.answer.AnswerStream;
import cortex.core.dialect.chat.answer.WholeAnswer;
import cortex.core.dialect.chat.request.ChatRequest;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The golden cases, spoiled at random: whatever comes in, a request is translated or refused, and
/// a stream is ended or failed. Seeded, so that a failure comes again.
class FuzzTest {
    @Test
    void requests() {
        List<byte[]> seeds = new ArrayList<>();
        for (var file : Golden.files("request")) {
            var golden = ChatJson.parse(Golden.read(file));
            if (golden != null) {
                seeds.add(ChatJson.bytes(golden.path("request")));
            }
        }
        Fuzz.requests(
                seeds,
                (body, target) -> {
                    ChatRequest chat = MessagesRequest.translate(body, target).chat();
                    TokenCount.of(body, target);
                    return chat;
                });
    }

    @Test
    void streams() {
        List<byte[]> seeds = new ArrayList<>();
        List<StreamCase> cases = new ArrayList<>();
        for (var file : Golden.files("stream")) {
            StreamCase golden = StreamCase.read(file);
            seeds.add(golden.bytes());
            cases.add(golden);
        }
        Fuzz.streams(
                seeds,
                (which, bytes, portion) -> {
                    List<String> told = run(cases.get(which), bytes, portion);
                    assertThat(told.isEmpty() || Wire.terminated(told)).isTrue();
                    return !told.isEmpty() && told.getLast().equals("stop");
                });
    }

    private static List<String> run(StreamCase golden, byte[] bytes, int portion) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        var sse = new MessageEvents(golden.message(), "req_1", sent::write);
        AnswerStream stream = golden.begin(sse);
        WholeAnswer message = new WholeAnswer(new WholeMessage(golden.message()));
        AnswerStream whole = golden.begin(message);
        for (int i = 0; i < bytes.length; i += portion) {
            stream.feed(bytes, i, Math.min(portion, bytes.length - i));
        }
        whole.feed(bytes, 0, bytes.length);
        stream.end();
        whole.end();
        assertThat(stream.over() && whole.over()).isTrue();
        assertThat(stream.earlyFailure() == null).isEqualTo(whole.earlyFailure() == null);
        byte[] body = message.body();
        if (body != null) {
            assertThat(ChatJson.parse(new String(body, UTF_8))).isNotNull();
        } else {
            assertThat(message.failure() != null || whole.earlyFailure() != null).isTrue();
        }
        assertThat(sent.size() == 0).isEqualTo(stream.earlyFailure() != null);
        return Wire.tell(sent.toString(UTF_8));
    }
}
