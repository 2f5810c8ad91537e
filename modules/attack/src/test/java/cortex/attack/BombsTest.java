package cortex.attack;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.attack.Target.Setup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Requests that are small on the wire and large or dear inside. One client sends them; another
/// one, who does nothing wrong, must not notice.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BombsTest {
    private static final int MIB = 1 << 20;
    private static final int PROMPT_MILLIS = 50;

    private Target target;

    @BeforeAll
    void start(@TempDir Path dir) throws IOException, InterruptedException {
        target = Target.start(dir, Setup.USUAL.withHeap("512m"));
        assertThat(target.chat(Target.ALICE, Target.MODEL, "warm").statusCode()).isEqualTo(200);
    }

    @AfterAll
    void stop() {
        target.close();
    }

    private static byte[] request(String path, byte[] gzipped) {
        String head =
                "POST "
                        + path
                        + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                        + Target.BOB
                        + "\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
                        + "Content-Length: "
                        + gzipped.length
                        + "\r\n\r\n";
        byte[] start = head.getBytes(StandardCharsets.US_ASCII);
        byte[] all = java.util.Arrays.copyOf(start, start.length + gzipped.length);
        System.arraycopy(gzipped, 0, all, start.length, gzipped.length);
        return all;
    }

    /// Bob sends them all at once; meanwhile `/health` is looked at all the time. How long each
    /// look took, in milliseconds, sorted.
    private List<Long> healthWhile(List<byte[]> requests) throws IOException {
        List<Raw> open = new ArrayList<>();
        try {
            for (byte[] request : requests) {
                Raw raw = new Raw(target.port());
                open.add(raw);
                raw.say(request);
            }
            List<Long> took = new ArrayList<>();
            long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
            while (System.nanoTime() < end) {
                long start = System.nanoTime();
                assertThat(target.get("", "/health").statusCode()).isEqualTo(200);
                took.add((System.nanoTime() - start) / 1_000_000);
            }
            return took.stream().sorted().toList();
        } finally {
            for (Raw raw : open) {
                raw.close();
            }
        }
    }

    /// The rest may wait for the collector, and for those who send on the same processors.
    private static void assertPrompt(List<Long> took) {
        int size = took.size();
        assertThat(took.get(size * 99 / 100))
                .as("99 of 100 looks at /health, of %s; the longest: %s", size, took.getLast())
                .isLessThanOrEqualTo(PROMPT_MILLIS);
        assertThat(took.getLast()).isLessThanOrEqualTo(20 * PROMPT_MILLIS);
    }

    private void othersNoticeNothing(List<byte[]> requests) throws IOException {
        List<Long> took = healthWhile(requests);
        assertPrompt(took);
        assertThat(target.chat(Target.ALICE, Target.MODEL, "still there").statusCode())
                .isEqualTo(200);
        assertThat(target.cortexProgram().handle().isAlive()).isTrue();
    }

    @Test
    void treesAreCountedBeforeTheyGrow() throws IOException {
        String head =
                "{\"model\":\"good\",\"max_tokens\":1,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],";
        byte[] bomb = Bombs.gzip(Bombs.objects(head, 63 * MIB));
        othersNoticeNothing(
                Stream.of(
                                "/v1/messages",
                                "/v1/responses",
                                "/v1/chat/completions",
                                "/v1/messages/count_tokens",
                                "/v1/completions",
                                "/v1/embeddings")
                        .map(path -> request(path, bomb))
                        .toList());
    }

    @Test
    void longListsCostWhatTheyWeigh() throws IOException {
        String head = "{\"model\":\"good\",\"max_tokens\":1,";
        String user = "{\"role\":\"user\",\"content\":\"x\"}";
        String assistant = "{\"role\":\"assistant\",\"content\":\"x\"}";
        String call =
                "{\"type\":\"function_call\",\"call_id\":\"c\","
                        + "\"name\":\"f\",\"arguments\":\"{}\"}";
        byte[] users = Bombs.gzip(Bombs.turns(head, "messages", user, 40_000));
        byte[] assistants = Bombs.gzip(Bombs.turns(head, "messages", assistant, 40_000));
        byte[] calls = Bombs.gzip(Bombs.turns(head, "input", call, 20_000));
        byte[] tools = Bombs.gzip(Bombs.tools("good", 16_000));
        othersNoticeNothing(
                List.of(
                        request("/v1/messages", users),
                        request("/v1/messages/count_tokens", users),
                        request("/v1/messages", assistants),
                        request("/v1/responses", calls),
                        request("/v1/chat/completions", tools),
                        request("/v1/chat/completions", tools)));
    }

    @Test
    void nothingIsToldOverAndOver() throws IOException {
        byte[] calls = Bombs.gzip(Bombs.calls(Target.MODEL, 1000, 300_000));
        byte[] outputs = Bombs.gzip(Bombs.outputs(Target.MODEL, 1000, 300_000));
        byte[] names = Bombs.gzip(Bombs.namespace(Target.MODEL, 2000, 400_000));
        othersNoticeNothing(
                List.of(
                        request("/v1/messages", calls),
                        request("/v1/messages/count_tokens", calls),
                        request("/v1/responses", outputs),
                        request("/v1/responses", names)));
    }

    /// Each of them is worked at for a millisecond or a few.
    @Test
    void manyShortOnesHoldUpNobody() throws IOException {
        for (byte[] body :
                List.of(
                        Bombs.parts(Target.MODEL, 2200),
                        Bombs.knownTools(Target.MODEL, 900),
                        Bombs.parts(Target.MODEL, 100))) {
            byte[] one = request("/v1/messages/count_tokens", Bombs.gzip(body));
            List<Long> took = healthWhile(Stream.generate(() -> one).limit(200).toList());
            assertPrompt(took);
        }
        assertThat(target.cortexProgram().handle().isAlive()).isTrue();
    }

    @Test
    void emptyMembersEndNothingAndKeepNobodyOut() throws IOException {
        byte[] bomb = request("/v1/chat/completions", Bombs.members(20_000));
        int logged = target.cortexProgram().log().length();
        for (int i = 0; i < 900; i++) {
            try (Raw raw = new Raw(target.port())) {
                raw.say(bomb);
                if (i % 100 == 0) {
                    assertThat(raw.hear(Duration.ofSeconds(5))).startsWith("HTTP/1.1 400 ");
                }
            }
        }
        assertThat(target.chat(Target.BOB, Target.MODEL, "me too").statusCode()).isEqualTo(200);
        assertThat(target.chat(Target.ALICE, Target.MODEL, "me too").statusCode()).isEqualTo(200);
        assertThat(target.cortexProgram().log().length() - logged).as("logged").isLessThan(2 * MIB);
        assertThat(target.cortexProgram().log()).doesNotContain("StackOverflowError");
    }

    @Test
    void roomIsTakenAsBytesCome() throws IOException {
        List<Raw> held = new ArrayList<>();
        try {
            for (int i = 0; i < 16; i++) {
                Raw raw = new Raw(target.port());
                held.add(raw);
                raw.say(
                        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization:"
                                + " Bearer "
                                + Target.BOB
                                + "\r\nContent-Type: application/json\r\nContent-Length: "
                                + 63 * MIB
                                + "\r\n\r\n{");
            }
            for (int i = 0; i < 10; i++) {
                assertThat(target.chat(Target.ALICE, Target.MODEL, "me too").statusCode())
                        .isEqualTo(200);
            }
        } finally {
            for (Raw raw : held) {
                raw.close();
            }
        }
    }
}
