package cortex.gateway;

import static cortex.gateway.RelayTest.ASK;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What an operator reads about each request.
class RequestLogTest {
    private static final Logger LOG = Logger.getLogger("cortex.requests");

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Handler handler =
            new Handler() {
                @Override
                public void publish(LogRecord line) {
                    lines.add(String.valueOf(line.getParameters()[0]));
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    @BeforeEach
    void listen() {
        LOG.addHandler(handler);
    }

    @AfterEach
    void stop() {
        LOG.removeHandler(handler);
    }

    @Test
    void whoIsTurnedAwayHasALineAndPagesHaveNone() throws Exception {
        String id;
        try (Bench bench = new Bench(Bench.TIMING, "secret-1")) {
            bench.get("/health");
            id = header(bench.post("/v1/chat/completions", ASK), "x-request-id");
            bench.get("/v1/" + "x".repeat(4000));
            bench.post("/health", "{}");
            Bench.eventually("three lines", () -> lines.size() == 3);
        }
        assertThat(lines.get(0))
                .isEqualTo(
                        "refused id="
                                + id
                                + " method=POST path=/v1/chat/completions client=127.0.0.1"
                                + " status=401 outcome=unauthorized");
        assertThat(lines.get(1)).contains("status=401", "path=/v1/xxx").hasSizeLessThan(400);
        assertThat(lines.get(2)).contains("status=405", "outcome=method_not_allowed");
    }

    /// Nobody needs a key to be turned away, and so nobody may fill the disk by it.
    @Test
    void aFloodOfThoseTurnedAwayIsNotOneOfLines() throws Exception {
        try (Bench bench = new Bench(Bench.TIMING, "secret-1")) {
            for (int i = 0; i < 200; i++) {
                bench.post("/v1/chat/completions", ASK);
            }
        }
        assertThat(lines).hasSizeBetween(20, 60);
    }

    /// A crowd that shows no key hides nobody who tries one.
    @Test
    void whoTriesAKeyHasALineBesideAFloodWithoutOne() throws Exception {
        try (Bench bench = new Bench(Bench.TIMING, "secret-1")) {
            for (int i = 0; i < 100; i++) {
                bench.post("/v1/chat/completions", ASK);
            }
            bench.get("/v1/models");
            bench.send(bench.to("/v1/models").header("x-api-key", "guess-1").build());
        }
        assertThat(lines).filteredOn(line -> line.contains("path=/v1/models")).hasSize(1);
    }

    @Test
    void aFloodOfTokenCountsIsNotOneOfLines() throws Exception {
        String count =
                """
                {"model":"tiny","messages":[{"role":"user","content":"Hi"}]}\
                """;
        try (Bench bench = new Bench()) {
            for (int i = 0; i < 100; i++) {
                bench.post("/v1/messages/count_tokens", count);
            }
        }
        assertThat(lines).hasSizeBetween(20, 60);
    }

    /// A client with a key fails for nothing too, thousands of times a second.
    @Test
    void aFloodOfRequestsThatNoEngineGetsIsNotOneOfLines() throws Exception {
        String unknown = ASK.replaceFirst("\"model\":\\s*\"[^\"]*\"", "\"model\":\"nobody\"");
        try (Bench bench = new Bench()) {
            for (int i = 0; i < 100; i++) {
                bench.post("/v1/chat/completions", unknown);
            }
            bench.post("/v1/chat/completions", "{}");
        }
        assertThat(lines).filteredOn(line -> line.contains("unknown_model")).hasSizeBetween(20, 60);
        assertThat(lines)
                .as("another outcome has lines of its own")
                .filteredOn(line -> line.contains("outcome=bad_request"))
                .hasSize(1);
    }

    @Test
    void whoAskedWronglyHasTheReasonHeWasGivenAndNoMore() throws Exception {
        try (Bench bench = new Bench()) {
            bench.post(
                    "/v1/chat/completions",
                    "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":"
                            + "{\"hunter2\":1}}]}");
            bench.get("/v1/models?limit=x");
            Bench.eventually("two lines", () -> lines.size() == 2);
        }
        assertThat(lines)
                .allSatisfy(line ->
                        assertThat(line)
                                .contains("status=400", "error=")
                                .doesNotContain("hunter2"));
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElseThrow();
    }
}
