package cortex.neuron;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.config.HostPort;
import cortex.core.config.Secret;
import cortex.core.log.LogFormat;
import cortex.core.time.SystemTime;
import cortex.neuron.config.NeuronConfig;
import cortex.neuron.harness.policy.LoadPolicy;
import cortex.relay.connection.ClientLimits;
import cortex.relay.fleetkey.FleetKey;
import cortex.relay.fleetkey.RequestSigner;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Who may talk to a neuron, as an attacker in its network would try.
@Timeout(60)
class NeuronAccessTest {
    private static final Secret KEY = new Secret(FleetKey.mint());
    private static final String LOAD =
            "{\"model_id\":\"evil/mcp\",\"harness\":\"llamacpp\",\"options\":{\"args\":"
                    + "[\"--mcp-servers-json\",\"{}\"]}}";

    @TempDir private Path dir;
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void stop() {
        client.close();
    }

    private NeuronConfig config(HostPort listen, NeuronConfig.Access access) {
        return new NeuronConfig(
                new NeuronConfig.Api(listen, access, ClientLimits.usual()),
                dir.resolve("state"),
                new NeuronConfig.Limits(1 << 20, 1 << 16, 100, 1 << 16),
                new NeuronConfig.Probe(
                        List.of("nvidia"),
                        dir.resolve("none").toString(),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5)),
                new NeuronConfig.Engines(
                        List.of(),
                        LoadPolicy.Rules.DEFAULT,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1)),
                NeuronConfig.Stop.UNLOADING,
                LogFormat.HUMAN);
    }

    private Neuron start(NeuronConfig.Access access) {
        return Neuron.start(config(new HostPort("127.0.0.1", 0), access), new SystemTime());
    }

    private static NeuronConfig.Access keyed() {
        Secret old = new Secret("o".repeat(32));
        return new NeuronConfig.Access(List.of(old, KEY), false, List.of(), null);
    }

    private static HttpRequest.Builder to(Neuron neuron, String path) {
        return HttpRequest.newBuilder(URI.create("http://" + neuron.api() + path));
    }

    private static HttpRequest.Builder load(Neuron neuron) {
        return to(neuron, "/models/load")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(LOAD));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void whatAWebPageSendsStartsNothing() throws Exception {
        try (Neuron neuron = start(NeuronConfig.Access.LOCAL)) {
            HttpRequest.Builder plain =
                    to(neuron, "/models/load")
                            .header("Content-Type", "text/plain")
                            .POST(BodyPublishers.ofString(LOAD));
            assertThat(send(plain).statusCode()).isEqualTo(415);
            assertThat(send(load(neuron).header("Origin", "https://evil.example")).statusCode())
                    .isEqualTo(403);
            assertThat(send(load(neuron).header("Sec-Fetch-Site", "cross-site")).statusCode())
                    .isEqualTo(403);
            assertThat(send(load(neuron)).statusCode()).isEqualTo(400);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/",
        "GET,/discovery",
        "GET,/models",
        "POST,/models/load",
        "POST,/models/unload",
        "POST,/harnesses/demo/restart",
        "GET,/models/m/endpoint",
        "GET,/models/m/log",
        "GET,/engines/r/v1/models",
        "POST,/engines/r/v1/chat/completions",
        "POST,/health",
        "GET,/health/",
        "GET,//health",
        "GET,/nothing",
        "OPTIONS,/models",
        "DELETE,/models",
    })
    void withoutAKeyNothingIsToldButThatItIsUp(String method, String path) throws Exception {
        try (Neuron neuron = start(keyed())) {
            HttpRequest.Builder request =
                    to(neuron, path)
                            .header("Content-Type", "application/json")
                            .method(method, BodyPublishers.ofString("{}"));
            HttpResponse<String> refused = send(request);
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.body()).contains("[[neurons]]", "Bearer KEY");
            assertThat(refused.headers().firstValue(RequestSigner.PROOF)).isEmpty();
            assertThat(send(request.header("Authorization", "Bearer " + "x".repeat(46))).body())
                    .contains("not one of keys");
        }
    }

    @Test
    void whoIsRefusedIsInTheLogAndWhatWasShownIsNot() throws Exception {
        String wrong = "wrong-key-" + "x".repeat(40);
        try (Logged refusals = new Logged("cortex.requests");
                Neuron neuron = start(keyed())) {
            send(to(neuron, "/models").header("Authorization", "Bearer " + wrong));
            send(to(neuron, "/discovery"));
            send(to(neuron, "/health").header("Authorization", "Bearer " + wrong));
            assertThat(refusals.lines()).hasSize(3);
            assertThat(refusals.lines())
                    .element(0)
                    .asString()
                    .startsWith("refused ")
                    .contains(
                            "path=/models",
                            "client=127.0.0.1",
                            "status=401",
                            "outcome=unauthorized",
                            "not one of keys");
            assertThat(refusals.lines()).element(1).asString().contains("path=/discovery");
            assertThat(refusals.lines()).element(2).asString().contains("path=/health");
            assertThat(refusals.lines()).noneMatch(line -> line.contains("wrong-key"));
            send(to(neuron, "/health"));
            send(to(neuron, "/models").header("Authorization", "Bearer " + KEY.reveal()));
            assertThat(refusals.lines()).as("who may is not refused").hasSize(3);
            for (int i = 0; i < 100; i++) {
                send(to(neuron, "/models"));
            }
            assertThat(refusals.lines()).as("a flood does not fill the log").hasSizeLessThan(60);
        }
    }

    @Test
    void healthIsForAllAndItsDetailsAreNot() throws Exception {
        try (Neuron neuron = start(keyed())) {
            HttpResponse<String> bare = send(to(neuron, "/health"));
            assertThat(bare.statusCode()).isEqualTo(200);
            assertThat(bare.body()).isEqualTo("{\"status\":\"ok\"}");
            HttpRequest.Builder known =
                    to(neuron, "/health").header("Authorization", "Bearer " + KEY.reveal());
            assertThat(send(known).body()).contains("uptime_secs");
        }
    }

    private HttpResponse<String> signed(
            Neuron neuron, HttpRequest.Builder request, byte @Nullable [] body) throws Exception {
        RequestSigner signer =
                new RequestSigner(
                        new FleetKey(KEY), URI.create("http://" + neuron.api()), new SystemTime());
        RequestSigner.Signed signed = signer.sign(request.build(), body);
        HttpResponse<String> answer = client.send(signed.request(), BodyHandlers.ofString());
        assertThat(signed.proven(answer.statusCode(), answer.headers()))
                .as("%s: %s", answer.statusCode(), answer.body())
                .isTrue();
        return answer;
    }

    @Test
    void whatIsSignedIsAnsweredWithAProofWhateverTheAnswerIs() throws Exception {
        try (Neuron neuron = start(keyed())) {
            assertThat(signed(neuron, to(neuron, "/models"), null).body()).isEqualTo("[]");
            assertThat(signed(neuron, to(neuron, "/nothing?a=b"), null).statusCode())
                    .isEqualTo(404);
            assertThat(signed(neuron, to(neuron, "/engines/r/x%20y"), null).statusCode())
                    .isEqualTo(503);
            byte[] sent = LOAD.getBytes(StandardCharsets.UTF_8);
            assertThat(signed(neuron, load(neuron), sent).statusCode()).isEqualTo(400);
            HttpResponse<String> altered = signed(neuron, load(neuron), new byte[] {'{', '}'});
            assertThat(altered.statusCode()).isEqualTo(401);
            assertThat(altered.body()).contains("not the one that was signed");
            HttpResponse<String> unsigned = signed(neuron, load(neuron), null);
            assertThat(unsigned.statusCode()).isEqualTo(401);
        }
    }

    @Test
    void withoutKeysItListensOnLoopbackOnly() {
        HostPort everywhere = new HostPort("0.0.0.0", 0);
        NeuronConfig closed = config(everywhere, NeuronConfig.Access.LOCAL);
        assertThat(closed.api().listensOn()).isEqualTo(new HostPort("127.0.0.1", 0));
        try (Neuron neuron = Neuron.start(closed, new SystemTime())) {
            assertThat(neuron.api().host()).isEqualTo("127.0.0.1");
        }
        var open = new NeuronConfig.Access(List.of(), true, List.of(), null);
        assertThat(config(everywhere, open).api().listensOn()).isEqualTo(everywhere);
        assertThat(config(everywhere, keyed()).api().listensOn()).isEqualTo(everywhere);
        HostPort v6 = new HostPort("::1", 9090);
        assertThat(config(v6, NeuronConfig.Access.LOCAL).api().listensOn()).isEqualTo(v6);
        HostPort name = new HostPort("gpu1.example", 9090);
        assertThat(config(name, NeuronConfig.Access.LOCAL).api().listensOn())
                .isEqualTo(new HostPort("127.0.0.1", 9090));
    }

    @Test
    void aFreshKeyComesWithTheLinesToPaste() {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code =
                new NeuronCommand(new PrintWriter(out), new PrintWriter(err), Map.of())
                        .run("keys", "new");
        assertThat(code).isZero();
        assertThat(out.toString())
                .containsPattern("keys = \\[\"(ck_[A-Za-z0-9_-]{43})\"]")
                .containsPattern("\nkey = \"ck_[A-Za-z0-9_-]{43}\"\n");
    }
}
