package cortex.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.engine.EngineApi;
import cortex.core.engine.EngineTraits;
import cortex.core.failure.Failure;
import cortex.gateway.fleet.FleetSnapshot;
import cortex.gateway.fleet.view.KnownModel;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Forms: passed on as they come, with the engine's name for the model in the place of ours.
@Timeout(60)
class FormsTest {
    private static final String PATH = "/v1/audio/transcriptions";
    private static final String FORM_TYPE = "multipart/form-data; boundary=xYz";
    private static final String TEXT = "{\"text\":\"hello\"}";
    private static final String END = "--xYz--\r\n";
    private static final String LONG = "0123456789abcdef".repeat(10_000);

    private final Bench bench = new Bench();
    private final RawEngine other = new RawEngine();

    @AfterEach
    void close() throws Exception {
        bench.close();
        other.close();
    }

    private static String part(String name, String value) {
        return "--xYz\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
                .formatted(name, value);
    }

    private static String file(String bytes) {
        return "--xYz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
                + "Content-Type: audio/wav\r\n\r\n"
                + bytes
                + "\r\n";
    }

    private static String form(String file) {
        return part("model", "little") + part("language", "en") + file(file) + END;
    }

    private HttpResponse<String> post(String form) throws Exception {
        return bench.send(
                HttpRequest.newBuilder(bench.to(PATH).build().uri())
                        .header("content-type", FORM_TYPE)
                        .POST(BodyPublishers.ofString(form))
                        .build());
    }

    private void answers(String text) {
        bench.engine.script = (request, wire) -> wire.json(200, text);
    }

    private static String head(long length) {
        return "POST "
                + PATH
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                + FORM_TYPE
                + "\r\nContent-Length: "
                + length
                + "\r\n\r\n";
    }

    @Test
    void theEngineGetsTheFormWithItsOwnNameForTheModel() throws Exception {
        bench.fleet.engineModel = "whisper";
        answers(TEXT);
        for (String bytes : List.of("RIFF", LONG)) {
            for (String form :
                    List.of(
                            form(bytes),
                            file(bytes) + part("model", "little") + part("language", "en") + END)) {
                bench.engine.requests.clear();
                HttpResponse<String> response = post(form);
                assertThat(response.body()).isEqualTo(TEXT);
                assertThat(response.statusCode()).isEqualTo(200);
                RawEngine.Received got = bench.engine.requests.getFirst();
                assertThat(got.line()).startsWith("POST " + PATH + " ");
                assertThat(got.headers().get("content-type")).isEqualTo(FORM_TYPE);
                assertThat(got.body()).isEqualTo(form.replace("little", "whisper"));
            }
        }
        assertThat(bench.metrics())
                .contains("endpoint=\"transcriptions\"")
                .contains("cortex_requests_total");
        Bench.eventually("leases closed", () -> bench.fleet.openLeases.get() == 0);
    }

    @Test
    void aChunkedFormIsPassedOnToo() throws Exception {
        answers(TEXT);
        String form = form(LONG);
        HttpResponse<String> response =
                bench.send(
                        HttpRequest.newBuilder(bench.to(PATH).build().uri())
                                .header("content-type", FORM_TYPE)
                                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofString(form)))
                                .build());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(bench.engine.requests.getFirst().body())
                .isEqualTo(form.replace("little", "tiny"));
    }

    @Test
    void aStreamedAnswerAndAPlainOneArePassedOnAsTheyAre() throws Exception {
        String events = "data: {\"type\":\"transcript.text.delta\",\"delta\":\"hel\"}\n\n";
        bench.engine.script = (request, wire) -> wire.stream(events);
        assertThat(post(form("RIFF")).body()).isEqualTo(events);
    }

    /// The engine sees the beginning of a recording whose end the client has not sent yet.
    @Test
    void theRestIsNotWaitedFor() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        answers(TEXT);
        bench.engine.onHead = seen::countDown;
        String form = form(LONG);
        try (RawClient client = new RawClient(bench.port())) {
            client.send(head(form.length()) + form.substring(0, 100_000));
            seen.await();
            client.send(form.substring(100_000));
            assertThat(client.until(TEXT)).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void whatIsNoFormWithAModelIsRefused() throws Exception {
        assertThat(post(part("language", "en") + file("x") + END).body())
                .contains("part 'model' is missing", "\"param\":\"model\"");
        assertThat(post(part("model", "nobody") + file("x") + END).statusCode()).isEqualTo(404);
        assertThat(post(part("model", "tiny") + part("model", "tiny") + END).body())
                .contains("more than one part 'model'");
        assertThat(post("no form at all").statusCode()).isEqualTo(400);
        assertThat(post(part("prompt", LONG) + form("x")).body()).contains("max_form_fields");
        HttpResponse<String> json = bench.post(PATH, "{\"model\":\"tiny\"}");
        assertThat(json.statusCode()).isEqualTo(415);
        assertThat(json.body()).contains("multipart/form-data");
        assertThat(bench.engine.requests).isEmpty();
    }

    @Test
    void aModelThatHearsNothingIsNotAsked() throws Exception {
        var deaf =
                new EngineTraits(
                        EngineApi.LLAMA_SERVER.word(),
                        new EngineTraits.Abilities(true, true, false, true, false, false),
                        null);
        bench.fleet.snapshot =
                new FleetSnapshot(
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        Map.of("tiny", new KnownModel(4, 2048, deaf)));
        HttpResponse<String> response = post(form("RIFF"));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("endpoint_unsupported", "'tiny' does not support");
        assertThat(bench.fleet.asked).hasValue(0);
    }

    /// Whoever died at it, its client is known by it, and nobody else is blamed.
    @Test
    void anUploadThatEndsAnEngineIsRememberedByItsClient() throws Exception {
        bench.engine.script =
                (request, wire) ->
                        wire.json(
                                502,
                                "{\"error\":{\"message\":\"it died [the engine was ended by signal"
                                        + " 6]\",\"code\":\"engine_died\",\"in_flight\":1}}");
        HttpResponse<String> first = post(form(LONG));
        assertThat(first.statusCode()).isEqualTo(502);
        assertThat(first.body()).contains("engine_died");
        HttpResponse<String> next = post(form("RIFF"));
        assertThat(next.statusCode()).isEqualTo(429);
        assertThat(next.headers().firstValue("retry-after")).isPresent();
    }

    @Test
    void formsAreTakenNowhereElse() throws Exception {
        HttpResponse<String> response =
                bench.send(
                        HttpRequest.newBuilder(bench.to("/v1/chat/completions").build().uri())
                                .header("content-type", FORM_TYPE)
                                .POST(BodyPublishers.ofString(form("x")))
                                .build());
        assertThat(response.statusCode()).isEqualTo(415);
    }

    /// A page of another site could send a form without asking first.
    @Test
    void pagesOfOtherSitesMayNotSendForms() throws Exception {
        HttpResponse<String> response =
                bench.send(
                        HttpRequest.newBuilder(bench.to(PATH).build().uri())
                                .header("content-type", FORM_TYPE)
                                .header("origin", "https://evil.example")
                                .POST(BodyPublishers.ofString(form("x")))
                                .build());
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(bench.engine.requests).isEmpty();
    }

    @Test
    void onlySoMuchIsHeldToFindTheModelAndTheClientIsToldWhatToDo() throws Exception {
        String large = "x".repeat(Bench.MAX_BODY);
        HttpResponse<String> late = post(file(large) + part("model", "tiny") + END);
        assertThat(late.statusCode()).isEqualTo(413);
        assertThat(late.body()).contains("Send the part 'model' before the file.");
        answers(TEXT);
        assertThat(post(part("model", "tiny") + file(large + large) + END).statusCode())
                .isEqualTo(200);
    }

    @Test
    void aShortFormIsTriedElsewhereAsAnyRequest() throws Exception {
        bench.fleet.endpoints.add(other.endpoint());
        bench.engine.script = (request, wire) -> wire.die();
        other.script = (request, wire) -> wire.json(200, TEXT);
        assertThat(post(form("RIFF")).body()).isEqualTo(TEXT);
        assertThat(other.requests).hasSize(1);
    }

    @Test
    void anUploadThatHasLeftIsNotTriedAgain() throws Exception {
        bench.fleet.endpoints.add(other.endpoint());
        bench.engine.script = (request, wire) -> wire.die();
        HttpResponse<String> response = post(form(LONG));
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.body()).contains("engine_gone");
        assertThat(other.requests).isEmpty();
        assertThat(bench.fleet.gone).hasSize(1);
    }

    @Test
    void anUploadOfWhichNothingHasLeftIsTriedElsewhere() throws Exception {
        bench.fleet.endpoints.set(0, URI.create("http://127.0.0.1:9"));
        bench.fleet.endpoints.add(other.endpoint());
        other.script = (request, wire) -> wire.json(200, TEXT);
        assertThat(post(form(LONG)).body()).isEqualTo(TEXT);
    }

    @Test
    void aClientThatBreaksOffIsNotTheEnginesFault() throws Exception {
        String form = form(LONG);
        try (RawClient client = new RawClient(bench.port())) {
            client.send(head(form.length()) + form.substring(0, 100_000));
            Bench.eventually("leased", () -> bench.fleet.openLeases.get() == 1);
        }
        Bench.eventually("released", () -> bench.fleet.openLeases.get() == 0);
        assertThat(bench.fleet.gone).isEmpty();
        Bench.eventually("told", this::isDisconnectTold);
    }

    private boolean isDisconnectTold() {
        try {
            return bench.metrics()
                    .contains("cortex_client_disconnects_total{" + Bench.ROUTE + "} 1");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aSecondModelInTheRestEndsIt() throws Exception {
        answers(TEXT);
        HttpResponse<String> response =
                post(part("model", "tiny") + file(LONG) + part("model", "other") + END);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("more than one part 'model'");
        assertThat(bench.fleet.gone).isEmpty();
    }

    @Test
    void anUploadThatIsNotReadIsAnsweredNevertheless() throws Exception {
        bench.fleet.refusal = new Failure.NoCapacity("tiny", "no room", Duration.ZERO);
        String form = form(LONG);
        try (RawClient client = new RawClient(bench.port())) {
            client.send(head(form.length()) + form.substring(0, 100_000));
            String answer = client.until("no room");
            assertThat(answer).startsWith("HTTP/1.1 503 ");
            assertThat(answer.toLowerCase(Locale.ROOT)).contains("connection: close");
        }
    }

    @Test
    void theBytesOfTheFileAreNotChanged() throws Exception {
        answers(TEXT);
        String bytes = "\r\n--xY\0\u0001\r\r\n--xYq" + "\r\n-".repeat(40_000);
        String form = form(bytes);
        assertThat(post(form).statusCode()).isEqualTo(200);
        assertThat(bench.engine.requests.getFirst().body().getBytes(StandardCharsets.UTF_8))
                .isEqualTo(form.replace("little", "tiny").getBytes(StandardCharsets.UTF_8));
    }
}
