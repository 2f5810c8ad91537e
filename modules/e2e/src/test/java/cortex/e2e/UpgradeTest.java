package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.e2e.ChaosAnswer.End;
import cortex.e2e.ChaosClient.Ending;
import cortex.e2e.ChaosClient.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A neuron and a gateway that are started anew under load: the engines go on, and nobody who asks
/// as SDKs do (once more when it was not connected, or told to come back) loses a request. A node
/// that says nothing is not waited for here.
@Timeout(240)
class UpgradeTest {
    private static final List<Kind> KINDS =
            List.of(Kind.STREAM, Kind.WHOLE, Kind.MESSAGES, Kind.RESPONSES_WHOLE);

    @TempDir private Path dir;
    private GpuNode node;
    private Program cortex;
    private int port;
    private final Queue<Ending> endings = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<Thread> clients = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        node = new GpuNode("a", dir, "24000", 21_000);
        node.set("NEURON_NEURON__ON_STOP", "keep");
        node.set("NEURON_NEURON__DRAIN_TIMEOUT", "20s");
        node.stop();
        node.startAgain();
        port = freePort();
        Files.writeString(
                dir.resolve("cortex.toml"),
                """
                [gateway]
                listen = "127.0.0.1:%d"
                metrics_listen = "127.0.0.1:0"
                drain_timeout = "20s"
                [polling]
                interval = "500ms"
                node_grace = "0s"
                [[neurons]]
                name = "a"
                endpoint = "%s"
                """
                        .formatted(port, node.url()));
        String args = "\"--load-time\", \"400ms\", \"--speed\", \"60\"";
        Files.writeString(
                dir.resolve("models.toml"),
                Gateways.model("first", 6000, 1, args) + Gateways.model("second", 6000, 1, args));
        startGateway();
        Operator operator = new Operator(dir, api());
        Stack.until("the gateway is ready", () -> operator.asks("first") == 200);
        assertThat(operator.asks("second")).isEqualTo(200);
    }

    @AfterEach
    void stop() {
        over.set(true);
        cortex.close();
        node.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private String api() {
        return "http://127.0.0.1:" + port;
    }

    private void startGateway() throws InterruptedException {
        List<String> serve = List.of("serve", "--config", "cortex.toml");
        cortex = Program.startReady("cortex", dir, serve, Map.of());
    }

    private void restartGateway() throws InterruptedException {
        cortex.handle().destroy();
        assertThat(cortex.awaitExit(Duration.ofSeconds(25))).isEqualTo(143);
        startGateway();
        cortex.awaitLine("neuron a answers", Duration.ofSeconds(20));
    }

    private void restartNeuron() throws InterruptedException {
        assertThat(node.replace().awaitExit(Duration.ofSeconds(30))).isEqualTo(143);
    }

    private Set<Long> engines() {
        Set<Long> pids = new TreeSet<>();
        node.engines().forEach(engine -> pids.add(engine.pid()));
        return pids;
    }

    /// Six clients, each with one request after the other.
    private void askOnAndOn(boolean again) {
        for (int i = 0; i < 6; i++) {
            ChaosClient client = new ChaosClient(api());
            Random random = new Random(i);
            clients.add(
                    Thread.ofVirtual()
                            .name("client " + i)
                            .start(() -> {
                                try {
                                    while (!over.get()) {
                                        endings.add(ask(client, random, again));
                                    }
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            }));
        }
    }

    private static Ending ask(ChaosClient client, Random random, boolean again)
            throws InterruptedException {
        Kind kind = KINDS.get(random.nextInt(KINDS.size()));
        String model = random.nextBoolean() ? "first" : "second";
        long until = System.nanoTime() + Duration.ofSeconds(25).toNanos();
        while (true) {
            Ending ending = client.ask(kind, model, random);
            boolean toldSo = ending.status() == 503 && ending.words().contains("shutting down");
            boolean nothing = ending.status() == 0;
            if (!again || !(toldSo || nothing) || System.nanoTime() > until) {
                return ending;
            }
            Polling.pause();
        }
    }

    private void moreAnswers(int many) throws InterruptedException {
        int before = endings.size();
        Stack.until(many + " more answers", () -> endings.size() >= before + many);
    }

    private void assertNothingLost() throws InterruptedException {
        over.set(true);
        for (Thread client : clients) {
            client.join();
        }
        assertThat(endings).hasSizeGreaterThan(20);
        assertThat(endings).allMatch(ending -> ending.end() == End.COMPLETE);
    }

    @Test
    void aRestartOfTheNeuronLosesNothingEvenOfWhoAsksOnce() throws Exception {
        Set<Long> before = engines();
        assertThat(before).hasSize(2);
        askOnAndOn(false);
        moreAnswers(8);
        for (int i = 0; i < 2; i++) {
            restartNeuron();
            moreAnswers(8);
        }
        assertNothingLost();
        assertThat(engines()).isEqualTo(before);
        assertThat(cortex.log()).containsOnlyOnce("loading first on a");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anUpgradeOfBothLosesNothing(boolean neuronFirst) throws Exception {
        Set<Long> before = engines();
        askOnAndOn(true);
        moreAnswers(8);
        if (neuronFirst) {
            restartNeuron();
            moreAnswers(6);
        }
        restartGateway();
        moreAnswers(6);
        if (!neuronFirst) {
            restartNeuron();
            moreAnswers(6);
        }
        assertNothingLost();
        assertThat(engines()).isEqualTo(before);
        assertThat(cortex.log()).doesNotContain("loading ");
    }

    /// A stream that goes on through the old one keeps nobody from the new one.
    @Test
    void othersAreServedWhileALongAnswerEnds() throws Exception {
        Queue<String> streamed = new ConcurrentLinkedQueue<>();
        String body =
                """
                {"model":"first","stream":true,\
                "messages":[{"role":"user","content":"[[tokens 600]] Hi"}]}\
                """;
        Thread stream =
                Thread.ofVirtual()
                        .name("stream")
                        .start(() ->
                                streamed.add(
                                        Gateways.post(api() + "/v1/chat/completions", body)
                                                .body()));
        Stack.until(
                "it streams",
                () -> Gateways.get(node.url() + "/models").body().contains("\"in_flight\":1"));
        Program old = node.replace();
        assertThat(new Operator(dir, api()).asks("first")).isEqualTo(200);
        assertThat(streamed).as("it streams on").isEmpty();
        assertThat(old.handle().isAlive()).isTrue();
        stream.join();
        assertThat(streamed.peek()).contains("\"finish_reason\":\"stop\"").contains("[DONE]");
        assertThat(old.awaitExit(Duration.ofSeconds(20))).isEqualTo(143);
    }

    @Test
    void operatorsReadWhatGoesOnAndWhoDoesNotComeBackIsGone() throws Exception {
        node.set("NEURON_NEURON__RESTART_TIMEOUT", "15s");
        restartNeuron();
        Set<Long> before = engines();
        Program stop = node.runs("stop", "--keep", "--config", "neuron.toml");
        assertThat(stop.awaitExit(Duration.ofSeconds(30))).isZero();
        Operator operator = new Operator(dir, api());
        assertThat(operator.runs("status").text())
                .contains(
                        "a     restarting",
                        "a: is restarting, back within 15 s.",
                        "first on a: its node is restarting.");
        assertThat(Gateways.get(cortex.readyUrl(1) + "/metrics").body())
                .contains("cortex_node_restarting{node=\"a\"} 1");
        assertThat(operator.asks("first")).as("refused when the time is over").isEqualTo(503);
        assertThat(operator.runs("status").text()).contains("a     unhealthy");
        assertThat(engines()).isEqualTo(before);
        Program unload = node.runs("stop", "--unload", "--config", "neuron.toml");
        assertThat(unload.awaitExit(Duration.ofSeconds(30))).isZero();
        assertThat(unload.log()).contains("no neuron runs; ended the 2 engines that it had kept.");
        assertThat(node.processes()).isEmpty();
        node.startAgain();
        Stack.until("it is served again", () -> operator.asks("first") == 200);
        Program last = node.runs("stop", "--unload", "--config", "neuron.toml");
        assertThat(last.awaitExit(Duration.ofSeconds(30))).isZero();
        assertThat(node.processes()).isEmpty();
    }
}
