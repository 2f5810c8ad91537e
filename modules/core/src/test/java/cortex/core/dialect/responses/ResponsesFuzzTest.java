package cortex.core.dialect.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.Spoil;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.EngineKind;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.responses.request.ResponsesRequest;
import cortex.core.failure.FailureException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The golden cases, spoiled at random: whatever comes in, a request is translated or refused, and
/// a stream ends in exactly one terminal event. Seeded, so that a failure comes again.
final class ResponsesFuzzTest {
    private static final long SEED = 20261123;
    private static final int ROUNDS = 3000;

    @Test
    void requests() {
        List<byte[]> seeds = new ArrayList<>();
        for (Case golden : Case.all("request")) {
            byte[] request = golden.section("request").getBytes(UTF_8);
            seeds.add(ChatJson.bytes(ChatJson.object(request)));
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
                var request = ResponsesRequest.translate(body, new Target("m", kind, Quirks.NONE));
                String chat = new String(request.chat().bytes(), UTF_8);
                assertThat(ChatJson.parse(chat)).isNotNull();
                translated++;
            } catch (FailureException e) {
                assertThat(e.failure().status()).isBetween(400, 499);
            }
        }
        assertThat(translated).isBetween(ROUNDS / 20, ROUNDS - ROUNDS / 20);
    }

    @Test
    void streams() {
        List<Case> cases = Case.all("stream");
        List<byte[]> seeds = cases.stream().map(Case::bytes).toList();
        Random random = new Random(SEED);
        int completed = 0;
        for (int round = 0; round < ROUNDS; round++) {
            int which = random.nextInt(seeds.size());
            byte[] bytes = Spoil.spoiled(seeds.get(which), seeds, random);
            completed += run(cases.get(which), bytes, 1 + random.nextInt(40)) ? 1 : 0;
        }
        assertThat(completed).isBetween(ROUNDS / 20, ROUNDS - ROUNDS / 20);
    }

    /// Whether a stream made a whole response of it.
    private static boolean run(Case golden, byte[] bytes, int portion) {
        Run run = Run.of(golden);
        for (int i = 0; i < bytes.length; i += portion) {
            run.stream.feed(bytes, i, Math.min(portion, bytes.length - i));
        }
        run.stream.end();
        assertThat(run.stream.over()).isTrue();
        byte[] whole = run.form.body();
        assertThat(whole == null).isEqualTo(run.stream.failure() != null);
        if (run.stream.earlyFailure() != null) {
            assertThat(run.text()).isEmpty();
            return false;
        }
        List<String> events = run.events();
        Run.assertTerminatedOnce(events);
        if (whole != null) {
            assertThat(ChatJson.parse(new String(whole, UTF_8))).isNotNull();
        }
        return whole != null;
    }
}
