package cortex.attack;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.attack.Target.Setup;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Bob has a key and means ill; Alice has one too, and only wants her answers.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientsTest {
    private Target target;

    @BeforeAll
    void start(@TempDir Path dir) throws IOException, InterruptedException {
        String capped =
                Target.model("capped", 1, "\"--speed\", \"2000\"")
                        + "[models.quirks]\nvision = false\nmax_output_tokens = 7\n";
        String fragile = Target.model("fragile", 2, "\"--speed\", \"2000\"");
        String frail = Target.model("frail", 2, "\"--speed\", \"200\"");
        String four = Target.model("four", 4, "\"--speed\", \"20\"");
        target = Target.start(dir, Setup.USUAL.withModels(capped + fragile + frail + four));
    }

    @AfterAll
    void stop() {
        target.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://169.254.169.254/latest/meta-data/",
                "http://127.0.0.1:9090/models",
                "http://[::1]/",
                "file:///etc/passwd",
                "/etc/passwd",
                "FILE:/etc/passwd"
            })
    void noEngineFetchesWhatAClientNames(String url) {
        String part = "{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + url + "\"}}";
        String video = "{\"type\":\"video_url\",\"video_url\":{\"url\":\"" + url + "\"}}";
        for (String content : List.of(part, video)) {
            String chat =
                    "{\"model\":\"good\",\"messages\":[{\"role\":\"user\",\"content\":["
                            + content
                            + "]}]}";
            assertThat(target.post(Target.BOB, "/v1/chat/completions", chat).statusCode())
                    .isEqualTo(400);
        }
        String message =
                "{\"model\":\"good\",\"max_tokens\":1,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":["
                        + "{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\""
                        + url
                        + "\"}}]}]}";
        assertThat(target.post(Target.BOB, "/v1/messages", message).statusCode()).isEqualTo(400);
        String response =
                "{\"model\":\"good\",\"input\":[{\"role\":\"user\",\"content\":["
                        + "{\"type\":\"input_image\",\"image_url\":\""
                        + url
                        + "\"}]}]}";
        assertThat(target.post(Target.BOB, "/v1/responses", response).statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/chat/completions |"
                    + " \"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":100",
                "/v1/chat/completions |"
                        + " \"messages\":[{\"role\":\"user\",\"content\":\"x\"}],"
                        + "\"max_completion_tokens\":100",
                "/v1/chat/completions |"
                        + " \"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"n_predict\":100",
                "/v1/chat/completions | \"messages\":[{\"role\":\"user\",\"content\":\"x\"}]",
                "/v1/completions | \"prompt\":\"x\",\"max_tokens\":100",
                "/v1/messages |"
                    + " \"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":100",
                "/v1/responses | \"input\":\"x\",\"max_output_tokens\":100"
            })
    void capsHoldInEveryDialect(String path, String fields) {
        HttpResponse<String> answer =
                target.post(Target.BOB, path, "{\"model\":\"capped\"," + fields + "}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body().replaceAll("\\s", ""))
                .matches("(?s).*\"(completion|output)_tokens\":[1-7]\\D.*");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/chat/completions |"
                        + " \"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"n\":1000",
                "/v1/completions | \"prompt\":\"x\",\"n\":1000",
                "/v1/completions | \"prompt\":\"x\",\"best_of\":1000"
            })
    void oneRequestIsNotAThousand(String path, String fields) {
        HttpResponse<String> answer =
                target.post(Target.BOB, path, "{\"model\":\"good\"," + fields + "}");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("max_n");
    }

    /// Bob's request ends the engine that works at it, every time. It is worked at once.
    @Test
    void aRequestThatEndsTheEngineIsBobsAffair() throws Exception {
        String deadly = "[[crash after 1]] my password is hunter2";
        assertThat(target.chat(Target.ALICE, "fragile", "warm").statusCode()).isEqualTo(200);
        HttpResponse<String> first = target.chat(Target.BOB, "fragile", deadly);
        assertThat(first.statusCode()).isGreaterThanOrEqualTo(400);
        int served = 0;
        List<Integer> bobs = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            HttpResponse<String> again = target.chat(Target.BOB, "fragile", deadly);
            bobs.add(again.statusCode());
            HttpResponse<String> alices = target.chat(Target.ALICE, "fragile", "hello " + i);
            assertThat(alices.body()).doesNotContain("hunter2").doesNotContain("/tmp/");
            served += alices.statusCode() == 200 ? 1 : 0;
        }
        assertThat(served).as("of Alice's ten; Bob got %s", bobs).isGreaterThanOrEqualTo(9);
        assertThat(bobs).allMatch(status -> status >= 400 && status < 500);
    }

    /// Bob sends many such requests at once, each another one; what waits when the first has ended
    /// an engine does not end the next.
    @Test
    void manyRequestsThatEndTheEngineAreBobsAffair() throws Exception {
        assertThat(target.chat(Target.ALICE, "frail", "warm").statusCode()).isEqualTo(200);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> bobs = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String text = "[[crash after 1]] " + i;
                bobs.add(threads.submit(() -> target.chat(Target.BOB, "frail", text)));
            }
            List<Integer> alices = new ArrayList<>();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (alices.size() < 12
                    || (bobs.stream().anyMatch(bob -> !bob.isDone()) && System.nanoTime() < end)) {
                String text = "hello " + alices.size();
                alices.add(target.chat(Target.ALICE, "frail", text).statusCode());
            }
            List<Integer> all = new ArrayList<>();
            for (Future<HttpResponse<String>> bob : bobs) {
                all.add(bob.get(60, TimeUnit.SECONDS).statusCode());
            }
            assertThat(alices).as("Bob got %s", all).doesNotContain(429, 503);
            assertThat(alices).filteredOn(status -> status == 200).hasSizeGreaterThanOrEqualTo(10);
            assertThat(all).filteredOn(status -> status == 429).hasSizeGreaterThanOrEqualTo(16);
        }
    }

    /// Bob has filled all four slots for long; Alice comes later.
    @Test
    void nobodyHoldsAllSlotsWhileAnotherWaits() throws Exception {
        assertThat(target.chat(Target.ALICE, "four", "hello").statusCode()).isEqualTo(200);
        String endless = "[[tokens 400]] [[speed 20]] a long one";
        CountDownLatch over = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> bobs = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                int n = i;
                bobs.add(
                        threads.submit(() -> {
                            String body =
                                    """
                                    {"model":"four","stream":true,"max_tokens":400,
                                    "messages":[{"role":"user","content":"%s %d"}]}
                                    """
                                            .formatted(endless, n);
                            return target.post(Target.BOB, "/v1/chat/completions", body);
                        }));
            }
            Target.until(
                    "Bob's requests are under way",
                    () ->
                            target.get(Target.OPERATOR, "/admin/fleet")
                                    .body()
                                    .contains("\"waiting\""));
            Future<HttpResponse<String>> alice =
                    threads.submit(() -> target.chat(Target.ALICE, "four", "a short one"));
            assertThat(alice.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
            over.countDown();
            bobs.forEach(b -> b.cancel(true));
            threads.shutdownNow();
        }
    }

    /// What an engine is not asked for takes no slots, who asks for all of them gets all but one,
    /// and who waits for several keeps nobody from those that are free.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/messages | \"n\":1000000,\"max_tokens\":400 | 0",
                "/v1/chat/completions | \"n\":4,\"max_tokens\":400 | 0",
                "/v1/chat/completions | \"n\":64,\"max_tokens\":1 | 2"
            })
    void oneRequestKeepsNobodyFromFreeSlots(String path, String fields, int busy) throws Exception {
        assertThat(target.chat(Target.ALICE, "four", "hello").statusCode()).isEqualTo(200);
        Target.until("four is idle", () -> !target.isBusy("four"));
        String turn =
                "\"messages\":[{\"role\":\"user\",\"content\":\"[[tokens 400]] [[speed 20]]\"}]";
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> under = new ArrayList<>();
            for (int i = 0; i < busy; i++) {
                String stream = "{\"model\":\"four\",\"stream\":true,\"max_tokens\":400,";
                under.add(
                        threads.submit(() ->
                                target.post(
                                        Target.OPERATOR,
                                        "/v1/chat/completions",
                                        stream + turn + "}")));
            }
            Target.until("four is at work", () -> target.inFlight("four") == busy);
            String heavy = "{\"model\":\"four\"," + fields + "," + turn + "}";
            under.add(threads.submit(() -> target.post(Target.BOB, path, heavy)));
            Target.until(
                    "Bob's request has come",
                    () -> busy > 0 ? target.isWaitedFor() : target.isBusy("four"));
            Future<HttpResponse<String>> alice =
                    threads.submit(() -> target.chat(Target.ALICE, "four", "a short one"));
            assertThat(alice.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
            under.forEach(each -> each.cancel(true));
            threads.shutdownNow();
        }
    }

    @Test
    void whatTheEngineSaysIsNeverAPage() {
        for (String path : List.of("/v1/models", "/health", "/nowhere", "/")) {
            assertThat(
                            target.get(Target.ALICE, path)
                                    .headers()
                                    .firstValue("x-content-type-options"))
                    .as(path)
                    .contains("nosniff");
        }
        assertThat(
                        target.chat(Target.ALICE, Target.MODEL, "x")
                                .headers()
                                .firstValue("x-content-type-options"))
                .contains("nosniff");
    }
}
