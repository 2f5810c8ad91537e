package cortex.gateway.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.config.HostPort;
import cortex.core.config.Secret;
import cortex.core.time.SystemTime;
import cortex.core.time.Time;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.config.PollingConfig;
import cortex.gateway.proxy.NodeClients;
import cortex.relay.fleetkey.FleetKey;
import cortex.relay.fleetkey.FleetKeys;
import cortex.relay.fleetkey.RequestSigner;
import cortex.relay.http.BindException;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.HttpServers;
import cortex.relay.http.RunningServer;
import cortex.relay.http.ServerSettings;
import cortex.relay.pump.EngineException;
import cortex.relay.pump.Exchange;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Somebody takes a neuron's address.
@Timeout(60)
class NodeIdentityTest {
    private static final Secret KEY = new Secret(FleetKey.mint());
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String PROMPT = "my password is hunter2";

    private volatile int status = 200;
    private final List<String> received = new CopyOnWriteArrayList<>();
    private final SystemTime time = new SystemTime();

    /// Far enough ahead, when a test says so, that no proof is fresh any more.
    private final AtomicLong ahead = new AtomicLong();

    private final Time late =
            new Time() {
                @Override
                public Instant now() {
                    return time.now();
                }

                @Override
                public long nanos() {
                    return ahead.get();
                }

                @Override
                public void sleep(Duration duration) throws InterruptedException {
                    time.sleep(duration);
                }
            };

    private final HttpClient http = HttpClient.newHttpClient();

    /// Whoever answers at the neuron's address; with null it has no key.
    private @Nullable FleetKeys holder = new FleetKeys(List.of(KEY), time);

    private RunningServer server = serve(0);

    private RunningServer serve(int port) {
        return HttpServers.start(
                ServerSettings.of(new HostPort("127.0.0.1", port)).withDrainGrace(Duration.ZERO),
                ErrorBody.openAi(),
                time,
                routes -> routes.any(this::answer));
    }

    /// Takes a port that was let go of; a connection of somebody else may have it for a moment.
    private RunningServer serveAgain(int port) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (true) {
            try {
                return serve(port);
            } catch (BindException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }

    private void answer(ServerRequest request, ServerResponse response) {
        String path = request.prologue().uriPath().rawPath();
        String body = request.content().hasEntity() ? request.content().as(String.class) : "";
        received.add(path + " " + body);
        FleetKeys keys = holder;
        if (keys != null) {
            var call = new FleetKeys.Call(request.prologue().method().text(), path, false, false);
            String shown = request.headers().first(HeaderNames.AUTHORIZATION).orElse(null);
            String proof = keys.check(shown, call).proof(200);
            if (proof != null) {
                response.header(HeaderNames.create(RequestSigner.PROOF), proof);
            }
        }
        response.status(status).send("{}");
    }

    @AfterEach
    void stop() {
        server.close();
        http.close();
    }

    private URI neuron() {
        return URI.create("http://" + server.address());
    }

    private NodeIdentity identity() {
        return NodeIdentity.of(
                new NodeAddress("n", neuron(), KEY, null, List.of()), late, PATIENCE);
    }

    private int ask(NodeClients nodes) throws Exception {
        HttpRequest prompt =
                HttpRequest.newBuilder(URI.create(neuron() + "/engines/r/v1/chat/completions"))
                        .POST(HttpRequest.BodyPublishers.ofString(PROMPT))
                        .build();
        try (Exchange exchange = nodes.of("n").send(prompt)) {
            var answer = exchange.await(PATIENCE);
            return answer == null ? 0 : answer.statusCode();
        }
    }

    @Test
    void aPromptGoesToWhoeverHasProvenWhoItIs() throws Exception {
        try (NodeClients nodes = new NodeClients(Map.of("n", identity()), PATIENCE)) {
            assertThat(ask(nodes)).isEqualTo(200);
            assertThat(ask(nodes)).isEqualTo(200);
            assertThat(received)
                    .containsExactly(
                            "/health ",
                            "/engines/r/v1/chat/completions " + PROMPT,
                            "/engines/r/v1/chat/completions " + PROMPT);
        }
    }

    @Test
    void aStrangerIsSentNoPrompt() {
        holder = null;
        try (NodeClients nodes = new NodeClients(Map.of("n", identity()), PATIENCE)) {
            assertThatThrownBy(() -> ask(nodes))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("did not prove that it has the key");
            assertThat(received).containsExactly("/health ");
        }
        holder = new FleetKeys(List.of(new Secret("x".repeat(32))), time);
        try (NodeClients nodes = new NodeClients(Map.of("n", identity()), PATIENCE)) {
            assertThatThrownBy(() -> ask(nodes)).isInstanceOf(EngineException.class);
            assertThat(received).noneMatch(line -> line.contains(PROMPT));
        }
    }

    @Test
    void whoeverTakesTheAddressLaterIsSentNoPromptEither() throws Exception {
        try (NodeClients nodes = new NodeClients(Map.of("n", identity()), PATIENCE)) {
            assertThat(ask(nodes)).isEqualTo(200);
            received.clear();
            int port = server.address().port();
            server.close();
            holder = null;
            server = serveAgain(port);
            ahead.addAndGet(NodeIdentity.FRESH.toNanos());
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> ask(nodes)).isInstanceOf(EngineException.class);
            }
            assertThat(received).isNotEmpty().allMatch("/health "::equals);
            holder = new FleetKeys(List.of(KEY), time);
            assertThat(ask(nodes)).isEqualTo(200);
        }
    }

    @Test
    void ofAnAnswerThatProvesNothingNothingIsUsed() throws Exception {
        NodeIdentity identity = identity();
        try (NodeClients nodes = new NodeClients(Map.of("n", identity), PATIENCE)) {
            identity.makeSure(http);
            assertThat(identity.isSure()).isTrue();
            holder = null;
            assertThatThrownBy(() -> ask(nodes))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("did not prove");
            assertThat(identity.isSure()).isFalse();
        }
    }

    private NeuronClient client(NodeIdentity identity) {
        return new HttpNeuronClient(
                http,
                neuron(),
                identity,
                new HttpNeuronClient.Patience(PATIENCE, PATIENCE, PATIENCE),
                new ReportRules(PollingConfig.Reports.USUAL));
    }

    @Test
    void aStrangerIsToldOfNoLoadAndBelievedNoReport() {
        holder = null;
        NeuronClient client = client(identity());
        assertThatThrownBy(client::models)
                .isInstanceOf(NeuronException.class)
                .hasMessageContaining("`key`")
                .hasMessageContaining("another program answers at the endpoint");
        received.clear();
        assertThatThrownBy(() -> client.restart("demo")).isInstanceOf(NeuronException.class);
        assertThat(received).containsExactly("/health ");
    }

    @Test
    void aServerThatIsFullIsNotTakenForOneWithAnotherKey() {
        holder = null;
        status = 503;
        assertThatThrownBy(client(identity())::models)
                .isInstanceOf(NeuronException.class)
                .hasMessageContaining("too many connections")
                .hasMessageNotContaining("`key`");
    }

    @Test
    void whoRefusesTheKeyIsNotWaitedFor() {
        holder = null;
        status = 401;
        assertThatThrownBy(client(identity())::models)
                .isInstanceOfSatisfying(
                        NeuronException.class,
                        e -> {
                            assertThat(e.unproven()).isTrue();
                            assertThat(e.shutOut()).isTrue();
                        })
                .hasMessageContaining("`key`");
        status = 200;
        assertThatThrownBy(client(identity())::models)
                .isInstanceOfSatisfying(
                        NeuronException.class, e -> assertThat(e.shutOut()).isFalse());
    }

    @Test
    void withoutAKeyNothingIsSignedAndNothingAsked() throws Exception {
        holder = null;
        NodeIdentity plain = NodeIdentity.of(new NodeAddress("n", neuron()), late, PATIENCE);
        try (NodeClients nodes = new NodeClients(Map.of("n", plain), PATIENCE)) {
            assertThat(ask(nodes)).isEqualTo(200);
            assertThat(plain.isSure()).isTrue();
        }
    }

    @Test
    void anEnginesOwnUrlIsNotTheNeurons() {
        NodeIdentity identity = identity();
        assertThat(identity.guards(URI.create(neuron() + "/engines/r/v1/x"))).isTrue();
        assertThat(identity.guards(URI.create("http://127.0.0.1:1/v1/x"))).isFalse();
    }
}
