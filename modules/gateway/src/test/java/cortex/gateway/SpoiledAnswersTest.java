package cortex.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Engines whose streams are spoiled at random, cut into odd pieces, and sometimes die: whatever
/// the dialect, each request ends soon, in an answer or an error, and tells nothing of our insides.
/// Seeded, so that a failure comes again.
class SpoiledAnswersTest {
    private static final int ROUNDS = 120;
    private static final Duration SOON = Duration.ofSeconds(8);
    private static final Pattern INSIDES =
            Pattern.compile("\\tat |[a-z]Exception|cortex\\.(core|gateway|relay)");

    private static final List<String> SEEDS =
            List.of(
                    RelayTest.ROLE
                            + RelayTest.HI
                            + RelayTest.HI
                            + Answers.FINISH
                            + Answers.USAGE
                            + RelayTest.DONE,
                    ": hi\n\n" + RelayTest.HI + "event: odd\ndata: {\"x\":1}\n\n" + Answers.ERROR,
                    delta("{\"reasoning_content\":\"hm\"}")
                            + delta(
                                    "{\"tool_calls\":[{\"index\":0,\"id\":\"c\","
                                            + "\"type\":\"function\","
                                            + "\"function\":{\"name\":\"f\",\"arguments\":"
                                            + "\"{\\\"a\\\":1}\"}}]}")
                            + Answers.FINISH
                            + RelayTest.DONE);

    private static final List<String> WORDS =
            List.of("null", "{", "}", "[]", "\"", "\\", "\n", "\n\n", "\r", "data: ", "é", "\0");

    enum Api {
        CHAT("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"),
        MESSAGES("/v1/messages", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"),
        RESPONSES("/v1/responses", "\"input\":\"hi\"");

        final String path;
        final String asked;

        Api(String path, String asked) {
            this.path = path;
            this.asked = asked;
        }

        String request(boolean stream) {
            String body = "{\"model\":\"tiny\",\"stream\":" + stream + "," + asked + "}";
            return """
            POST %s HTTP/1.1\r
            Host: localhost\r
            Connection: close\r
            Content-Type: application/json\r
            Content-Length: %d\r
            \r
            %s\
            """
                    .formatted(path, body.length(), body);
        }

        /// How many ends a stream that was not cut has.
        long ends(String stream) {
            Pattern end =
                    Pattern.compile(
                            switch (this) {
                                case CHAT -> "finish_reason\":\"|\\[DONE]|\"error\":";
                                case MESSAGES -> "event: message_stop";
                                case RESPONSES ->
                                        "event: response\\.(completed|incomplete|failed)\n";
                            });
            return end.matcher(stream).results().count();
        }
    }

    @ParameterizedTest
    @EnumSource
    void alwaysEnd(Api api) throws Exception {
        Random random = new Random(20261125);
        int answered = 0;
        try (Bench bench = new Bench()) {
            for (int round = 0; round < ROUNDS; round++) {
                String seed = SEEDS.get(random.nextInt(SEEDS.size()));
                bench.engine.script = telling(spoiled(seed, random), random);
                boolean stream = api == Api.CHAT || random.nextBoolean();
                long begun = System.nanoTime();
                String all = answer(bench, api.request(stream));
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).as(all).isLessThan(SOON);
                answered += ended(api, all, stream) ? 1 : 0;
            }
            assertThat(answered).isBetween(ROUNDS / 10, ROUNDS - ROUNDS / 10);
            Bench.eventually("leases closed", () -> bench.fleet.openLeases.get() == 0);
        }
    }

    private static String delta(String delta) {
        return "data: {\"choices\":[{\"index\":0,\"delta\":" + delta + "}]}\n\n";
    }

    private static String answer(Bench bench, String request) throws Exception {
        try (RawClient client = new RawClient(bench.port())) {
            client.send(request);
            return client.rest();
        }
    }

    /// Checks an answer; whether it is a whole one.
    private static boolean ended(Api api, String all, boolean stream) {
        assertThat(INSIDES.matcher(all).find()).as(all).isFalse();
        assertThat(all).startsWith("HTTP/1.1 ");
        if (!all.startsWith("HTTP/1.1 200")) {
            assertThat(all).containsPattern("HTTP/1.1 [45]\\d\\d").contains("\"error\":{");
            return false;
        }
        if (!stream) {
            assertThat(all).contains("application/json");
            return true;
        }
        boolean cut = !all.endsWith("\r\n0\r\n\r\n");
        if (api == Api.CHAT) {
            assertThat(api.ends(all)).as(all).isPositive();
        } else {
            assertThat(api.ends(all)).as(all).isEqualTo(cut ? 0 : 1);
        }
        if (cut) {
            assertThat(all).contains("\"error\":");
        }
        return !cut;
    }

    /// The text with up to three of its places gone, doubled or replaced.
    private static String spoiled(String text, Random random) {
        StringBuilder spoiled = new StringBuilder(text);
        for (int i = random.nextInt(4); i > 0 && !spoiled.isEmpty(); i--) {
            int at = random.nextInt(spoiled.length());
            int to = Math.min(spoiled.length(), at + 1 + random.nextInt(12));
            switch (random.nextInt(4)) {
                case 0 -> spoiled.setLength(at);
                case 1 -> spoiled.delete(at, to);
                case 2 -> spoiled.insert(at, spoiled.substring(at, to));
                default -> spoiled.replace(at, to, WORDS.get(random.nextInt(WORDS.size())));
            }
        }
        return spoiled.toString();
    }

    private static RawEngine.Script telling(String text, Random random) {
        int length = 1 + random.nextInt(90);
        List<String> pieces =
                IntStream.iterate(0, at -> at < text.length(), at -> at + length)
                        .mapToObj(at -> text.substring(at, Math.min(text.length(), at + length)))
                        .toList();
        boolean dies = random.nextInt(4) == 0;
        return (_, wire) -> {
            wire.streamHead();
            for (String piece : pieces) {
                wire.chunk(piece);
            }
            if (dies) {
                wire.die();
            }
            wire.end();
        };
    }
}
