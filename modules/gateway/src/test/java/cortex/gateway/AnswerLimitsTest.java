package cortex.gateway;

import static cortex.gateway.RelayTest.ASK_STREAM;
import static cortex.gateway.RelayTest.HI;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.gateway.config.LimitsConfig;
import cortex.gateway.config.TimeoutsConfig;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Answers that do not end: what is held of one has a limit, and the client is told.
@Timeout(60)
class AnswerLimitsTest {
    private static final String TEXT = "x".repeat(8000);
    private static final String TOO_LONG = "longer than what is held of one";
    private static final String PIECE =
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + TEXT + "\"}}]}\n\n";
    private static final String CALL =
            """
            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":%d,"id":"c%d","function":{"name":"f","arguments":"{"}}]}}]}

            """;

    private static Bench endless(String piece) {
        Bench bench = new Bench();
        bench.engine.script =
                (_, wire) -> {
                    wire.streamHead();
                    for (int i = 0; i < 20_000; i++) {
                        wire.chunk(piece.contains("%d") ? piece.formatted(i, i) : piece);
                    }
                };
        return bench;
    }

    private static String messages(boolean stream) {
        return "{\"model\":\"tiny\",\"max_tokens\":9,\"stream\":"
                + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    }

    @Test
    void aGatheredMessageHasALimit() throws Exception {
        try (Bench bench = endless(PIECE)) {
            HttpResponse<String> answer = bench.post("/v1/messages", messages(false));
            assertThat(answer.statusCode()).isEqualTo(502);
            assertThat(answer.body()).startsWith("{\"type\":\"error\"").contains(TOO_LONG);
            Bench.eventually("leases closed", () -> bench.fleet.openLeases.get() == 0);
            assertThat(bench.fleet.asked.get()).as("tries").isLessThanOrEqualTo(2);
        }
    }

    @Test
    void aResponseHasALimitWholeAndStreamed() throws Exception {
        try (Bench bench = endless(PIECE)) {
            String ask = "{\"model\":\"tiny\",\"input\":\"hi\",\"stream\":";
            HttpResponse<String> whole = bench.post("/v1/responses", ask + "false}");
            assertThat(whole.statusCode()).isEqualTo(502);
            assertThat(whole.body()).contains(TOO_LONG);
            HttpResponse<String> streamed = bench.post("/v1/responses", ask + "true}");
            assertThat(streamed.body()).contains("event: response.failed").contains(TOO_LONG);
        }
    }

    @Test
    void callsThatWaitHaveALimit() throws Exception {
        try (Bench bench = endless(CALL);
                RawClient client = RawClient.post(bench.port(), "/v1/messages", messages(true))) {
            assertThat(client.rest()).contains("event: error").contains(TOO_LONG);
        }
    }

    @Test
    void aLineHasALimit() throws Exception {
        try (Bench bench = endless(TEXT)) {
            bench.engine.script =
                    (_, wire) -> {
                        wire.streamHead();
                        wire.chunk(HI + "data: ");
                        for (int i = 0; i < 20_000; i++) {
                            wire.chunk(TEXT);
                        }
                    };
            try (RawClient client = RawClient.chat(bench.port(), ASK_STREAM)) {
                assertThat(client.rest()).contains(TOO_LONG).doesNotContain("xxxx");
            }
        }
    }

    @Test
    void anErrorWithoutAnEndIsAnsweredWithWhatCame() throws Exception {
        TimeoutsConfig usual = Bench.TIMING;
        TimeoutsConfig quick =
                new TimeoutsConfig(
                        usual.keepalive(),
                        Duration.ofMillis(500),
                        usual.queue(),
                        usual.load(),
                        usual.connect(),
                        usual.drain());
        CountDownLatch over = new CountDownLatch(1);
        try (Bench bench = new Bench(quick)) {
            bench.engine.script =
                    (_, wire) -> {
                        wire.raw(
                                "HTTP/1.1 500 No\r\nContent-Type: text/event-stream\r\n"
                                        + "Content-Length: 100\r\n\r\n{\"error\":");
                        over.await();
                    };
            long start = System.nanoTime();
            HttpResponse<String> answer = bench.post("/v1/chat/completions", RelayTest.ASK);
            assertThat(answer.statusCode()).isGreaterThanOrEqualTo(500);
            assertThat(System.nanoTime() - start).isLessThan(10_000_000_000L);
            over.countDown();
        }
    }

    @Test
    void theUsualLimitFollowsFromTheMemory() {
        assertThat(LimitsConfig.usualAnswer(96L << 20)).isEqualTo(4 << 20);
        assertThat(LimitsConfig.usualAnswer(4L << 30)).isEqualTo(16 << 20);
    }
}
