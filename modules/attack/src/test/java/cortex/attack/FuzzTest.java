package cortex.attack;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.attack.Target.Setup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Spoiled heads, bodies, neuron reports and engine answers: whatever comes, both programs live,
/// serve the next good request, and never show that something of their own went wrong. `-D
/// cortex.fuzz=N` takes N seeds instead of a few; a failure names its seed, and `-D
/// cortex.fuzz.seed=K` begins with that one.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FuzzTest {
    private static final int SEEDS = Integer.getInteger("cortex.fuzz", 60);
    private static final int FIRST = Integer.getInteger("cortex.fuzz.seed", 1);
    private static final Duration SILENCE = Duration.ofMillis(300);

    private static final List<String> PATHS =
            List.of(
                    "/v1/chat/completions",
                    "/v1/messages",
                    "/v1/responses",
                    "/v1/completions",
                    "/v1/messages/count_tokens",
                    "/v1/embeddings",
                    "/v1/models/good",
                    "/admin/fleet",
                    "/models/load",
                    "/engines/x/v1/chat/completions");

    static final String GOOD_STREAM =
            """
            data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"evil","choices":\
            [{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}]}

            data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"evil","choices":\
            [{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}

            data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"evil","choices":\
            [{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","type":"function","function":\
            {"name":"f","arguments":"{\\"a\\":1}"}}]},"finish_reason":null}]}

            data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"evil","choices":\
            [{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,\
            "completion_tokens":2,"total_tokens":5}}

            data: [DONE]

            """;

    static final String REPORT =
            """
            [{"id":"evil","harness":"demo","status":"loaded","devices":[],"vram_used_mb":100,
            "replica":"evil-1","engine_model":"evil","in_flight":0,"slots":2,"context":4096,
            "traits":null,"load_secs":1.0,"reason":null,"devices_used_mb":[],"peak_used_mb":100,
            "progress":null,"last_progress_secs":null}]
            """;

    private BadNode bad;
    private Target target;

    @BeforeAll
    void start(@TempDir Path dir) throws IOException, InterruptedException {
        bad = new BadNode();
        bad.answer("/models", BadNode.Answer.json(REPORT));
        bad.answer(
                "/models/evil/endpoint",
                BadNode.Answer.json(
                        "{\"url\":\""
                                + bad.url()
                                + "/engines/evil-1\",\"engine_model\":\"evil\","
                                + "\"replica\":\"evil-1\"}"));
        bad.answer(
                "/models/load",
                BadNode.Answer.json("{\"status\":\"loaded\",\"replica\":\"evil-1\"}"));
        engine(GOOD_STREAM.getBytes(StandardCharsets.UTF_8));
        target =
                Target.start(
                        dir,
                        Setup.USUAL
                                .withGateway("idle_timeout = \"2s\"")
                                .withModels(Target.model("evil", 2, "\"--speed\", \"9\""))
                                .withBad(Map.of("bad", bad)));
    }

    @AfterAll
    void stop() {
        target.close();
        bad.close();
    }

    private void engine(byte[] answer) {
        bad.answer("/engines/evil-1", new BadNode.Answer(200, "text/event-stream", answer, true));
    }

    /// Both programs answer a good request as if nothing had happened.
    private void allIsWell(int seed) {
        assertThat(target.chat(Target.ALICE, Target.MODEL, "hello").statusCode())
                .as("seed %s: %s", seed, target.cortexProgram().log())
                .isEqualTo(200);
        assertThat(target.get("", target.neuron() + "/health").statusCode())
                .as("seed %s", seed)
                .isEqualTo(200);
    }

    private void nothingUnexpected(String what) {
        for (String log : List.of(target.cortexProgram().log(), target.neuronProgram().log())) {
            assertThat(log).as(what).doesNotContain("failed unexpectedly").doesNotContain("\tat ");
        }
    }

    @Test
    void headsAndBodies() throws IOException {
        int neuron = URI.create(target.neuron()).getPort();
        for (int seed = FIRST; seed < FIRST + SEEDS; seed++) {
            var random = new SplittableRandom(seed);
            String path = PATHS.get(random.nextInt(PATHS.size()));
            byte[] request = Mutation.of(request(path, random.nextBoolean()), random);
            int port = random.nextInt(4) == 0 ? neuron : target.port();
            try (Raw raw = new Raw(port)) {
                if (raw.say(request)) {
                    String answer = raw.hear(SILENCE);
                    assertThat(answer).as("seed %s", seed).doesNotStartWith("HTTP/1.1 500");
                }
            }
            if (seed % 20 == 0) {
                allIsWell(seed);
            }
        }
        allIsWell(-1);
        nothingUnexpected("heads and bodies");
    }

    /// A request of somebody who has a key to everything.
    private static byte[] request(String path, boolean stream) {
        String body =
                """
                {"model":"good","max_tokens":2,"stream":%s,"messages":[{"role":"user","content":\
                [{"type":"text","text":"héllo \\ud83d\\ude00"}]},{"role":"assistant","content":"x"},\
                {"role":"user","content":"y"}],"input":"z","prompt":"p","tools":[],\
                "stream_options":{"include_usage":true}}\
                """
                        .formatted(stream);
        String head =
                """
                POST %s HTTP/1.1\r
                Host: 127.0.0.1\r
                Content-Type: application/json\r
                Authorization: Bearer %s\r
                traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r
                Accept: */*\r
                Content-Length: %d\r
                \r
                """
                        .formatted(
                                path,
                                path.startsWith("/models/l") || path.startsWith("/eng")
                                        ? Target.FLEET
                                        : path.startsWith("/admin")
                                                ? Target.OPERATOR
                                                : Target.ALICE,
                                body.getBytes(StandardCharsets.UTF_8).length);
        return (head + body).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void neuronReports() {
        String devices =
                """
                {"uptime_secs":5,"devices":[{"index":0,"vram_used_mb":1,"vram_free_mb":9,
                "utilization_pct":1,"temp_c":40}],"ram_free_mb":60000,"reading_age_secs":1,
                "harnesses":[{"name":"demo","cycles":0,"restartable":true,"in_flight":0,
                "unavailable":null}],"unloads":{"verified":0,"leaked":0,"unknown":0,
                "escalated":0,"leaked_mb":0}}
                """;
        byte[] models = REPORT.getBytes(StandardCharsets.UTF_8);
        byte[] health = devices.getBytes(StandardCharsets.UTF_8);
        for (int seed = FIRST; seed < FIRST + SEEDS; seed++) {
            var random = new SplittableRandom(seed);
            bad.answer("/models", BadNode.Answer.json(Mutation.of(models, random)));
            bad.answer("/health", BadNode.Answer.json(Mutation.of(health, random)));
            assertThat(target.chat(Target.ALICE, Target.MODEL, "hello").statusCode())
                    .as("seed %s: %s", seed, target.cortexProgram().log())
                    .isEqualTo(200);
        }
        bad.answer("/models", BadNode.Answer.json(models));
        bad.answer("/health", BadNode.Answer.json(health));
        allIsWell(-1);
        nothingUnexpected("neuron reports");
    }

    /// An answer that was begun and cannot be completed is broken off, so that it is not taken for
    /// whole: 0.
    private int status(String path, String body) {
        try {
            return target.post(Target.ALICE, path, body).statusCode();
        } catch (UncheckedIOException e) {
            return 0;
        }
    }

    @Test
    void engineAnswers() {
        byte[] good = GOOD_STREAM.getBytes(StandardCharsets.UTF_8);
        List<String> asked =
                List.of("/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/completions");
        for (int seed = FIRST; seed < FIRST + SEEDS; seed++) {
            var random = new SplittableRandom(seed);
            engine(Mutation.of(good, random));
            String path = asked.get(random.nextInt(asked.size()));
            String body =
                    """
                    {"model":"evil","max_tokens":9,"stream":%s,"messages":[{"role":"user",\
                    "content":"%s"}],"input":"%s","prompt":"p"}
                    """
                            .formatted(random.nextBoolean(), seed, seed);
            assertThat(status(path, body))
                    .as("seed %s: %s", seed, target.cortexProgram().log())
                    .isNotEqualTo(500);
        }
        engine(good);
        allIsWell(-1);
        nothingUnexpected("engine answers");
    }
}
