package cortex.core.dialect.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.Spoil;
import cortex.core.dialect.anthropic.request.MessagesRequest;
import cortex.core.dialect.anthropic.stream.SseMessage;
import cortex.core.dialect.anthropic.stream.WholeMessage;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.EngineKind;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.answer.AnswerStream;
import cortex.core.dialect.chat.request.Target;
import cortex.core.failure.FailureException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The golden cases, spoiled at random: whatever comes in, a request is translated or refused, and
/// a stream is ended or failed. Seeded, so that a failure comes again.
class FuzzTest {
    private static final long SEED = 20261122;
    private static final int ROUNDS = 3000;

    @Test
    void requests() {
        List<byte[]> seeds = new ArrayList<>();
        for (var file : Golden.files("request")) {
            var golden = ChatJson.parse(Golden.read(file));
            if (golden != null) {
                seeds.add(ChatJson.bytes(golden.path("request")));
            }
        }
        Random random = new Random(SEED);
        List<EngineKind> kinds = List.of(EngineKind.values());
        int translated = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] seed = seeds.get(random.nextInt(seeds.size()));
            boolean shape = random.nextInt(4) > 0;
            byte[] body = shape ? Spoil.reshaped(seed, random) : Spoil.spoiled(seed, seeds, random);
            EngineKind kind = kinds.get(random.nextInt(kinds.size()));
            try {
                var request = MessagesRequest.translate(body, new Target("m", kind, Quirks.NONE));
                assertThat(ChatJson.parse(new String(request.chat().bytes(), UTF_8))).isNotNull();
                TokenCount.of(body, new Target("m", kind, Quirks.NONE));
                translated++;
            } catch (FailureException e) {
                assertThat(e.failure().status()).isBetween(400, 499);
            }
        }
        assertThat(translated).isBetween(ROUNDS / 20, ROUNDS - ROUNDS / 20);
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
        Random random = new Random(SEED);
        int ended = 0;
        for (int round = 0; round < ROUNDS; round++) {
            int which = random.nextInt(seeds.size());
            byte[] bytes = Spoil.spoiled(seeds.get(which), seeds, random);
            List<String> told = run(cases.get(which), bytes, 1 + random.nextInt(40));
            if (!told.isEmpty()) {
                assertThat(Wire.terminated(told)).isTrue();
                ended += told.getLast().equals("stop") ? 1 : 0;
            }
        }
        assertThat(ended).isBetween(ROUNDS / 20, ROUNDS - ROUNDS / 20);
    }

    private static List<String> run(StreamCase golden, byte[] bytes, int portion) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        var sse = new SseMessage(golden.answer(), "req_1", sent::write);
        AnswerStream stream = golden.begin(sse);
        WholeMessage message = new WholeMessage(golden.answer());
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
