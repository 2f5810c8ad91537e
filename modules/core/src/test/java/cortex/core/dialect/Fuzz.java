package cortex.core.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.engine.EngineApi;
import cortex.core.failure.FailureException;
import java.util.List;
import java.util.Random;

/// Feeds spoiled input to a translation, the same at every run. That enough of it comes through,
/// and enough does not, is part of the check: else nothing much would be tried.
public final class Fuzz {
    private static final long SEED = 20261123;
    private static final int ROUNDS = 3000;
    private static final int LONGEST_PORTION = 40;

    private Fuzz() {}

    /// Translates a request's body.
    public interface Translation {
        /// The engine's request.
        ChatRequest of(byte[] body, Target target);
    }

    /// Whatever becomes of the seeds, it is a request in JSON or the client's mistake.
    public static void requests(List<byte[]> seeds, Translation translation) {
        Random random = new Random(SEED);
        List<EngineApi> apis = List.of(EngineApi.values());
        int translated = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] seed = seeds.get(random.nextInt(seeds.size()));
            boolean shape = random.nextInt(4) > 0;
            byte[] body = shape ? Spoil.reshaped(seed, random) : Spoil.spoiled(seed, seeds, random);
            EngineApi api = apis.get(random.nextInt(apis.size()));
            try {
                ChatRequest chat = translation.of(body, new Target("m", api, Quirks.NONE));
                assertThat(ChatJson.parse(new String(chat.bytes(), UTF_8))).isNotNull();
                translated++;
            } catch (FailureException e) {
                assertThat(e.failure().status()).isBetween(400, 499);
            }
        }
        assertEnough(translated);
    }

    /// Checks what becomes of an engine's stream.
    public interface Listener {
        /// Whether the bytes, which were made of seed number `which` and come in portions of this
        /// length, gave a whole answer.
        boolean hears(int which, byte[] bytes, int portion);
    }

    /// Gives a listener what becomes of the seeds.
    public static void streams(List<byte[]> seeds, Listener listener) {
        Random random = new Random(SEED);
        int whole = 0;
        for (int round = 0; round < ROUNDS; round++) {
            int which = random.nextInt(seeds.size());
            byte[] bytes = Spoil.spoiled(seeds.get(which), seeds, random);
            whole += listener.hears(which, bytes, 1 + random.nextInt(LONGEST_PORTION)) ? 1 : 0;
        }
        assertEnough(whole);
    }

    private static void assertEnough(int rounds) {
        assertThat(rounds).isBetween(ROUNDS / 20, ROUNDS - ROUNDS / 20);
    }
}
