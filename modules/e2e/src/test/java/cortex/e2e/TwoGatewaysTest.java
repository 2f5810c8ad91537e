package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import cortex.e2e.ChaosAnswer.End;
import cortex.e2e.ChaosClient.Ending;
import cortex.e2e.ChaosClient.Kind;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two gateways that know nothing of each other over one node, with room for one of two models.
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class TwoGatewaysTest {
    /// One that hears so seldom from its node that it does not know what the other one does.
    private static final String SELDOM =
            "[polling]\ninterval = \"8s\"\n[eviction]\nmin_residency = \"0s\"\n";

    @TempDir private Path dir;
    private GpuNode node;
    private final List<Program> gateways = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        node = new GpuNode("a", dir, "10000", 21_000);
    }

    @AfterEach
    void stop() {
        gateways.forEach(Program::close);
        node.close();
    }

    private String gateway(String name, String tables) throws Exception {
        String args = "\"--load-time\", \"400ms\", \"--speed\", \"60\", \"--leak-vram\", \"300ms\"";
        Path home = Files.createDirectories(dir.resolve(name));
        String models =
                Gateways.model("first", 6000, 1, args) + Gateways.model("second", 6000, 1, args);
        Program gateway =
                Gateways.start(home, List.of(node), "queue_timeout = \"40s\"", tables, models);
        gateways.add(gateway);
        return gateway.readyUrl(0);
    }

    private static String ask(String model, int tokens) {
        return """
        {"model":"%s","stream":true,\
        "messages":[{"role":"user","content":"[[tokens %d]] Hi"}]}\
        """
                .formatted(model, tokens);
    }

    private int atWork(String model) {
        for (var replica : Json.MAPPER.readTree(Gateways.get(node.url() + "/models").body())) {
            if (replica.path("id").asString("").equals(model)) {
                return replica.path("in_flight").asInt(0);
            }
        }
        return 0;
    }

    @Test
    void oneDoesNotUnloadWhatTheOtherUsesAndGetsItsRoomWhenThatHasEnded() throws Exception {
        String one = gateway("one", Gateways.QUICK);
        assertThat(new Operator(dir, one).asks("first")).isEqualTo(200);
        // It has seen the model idle, and hears no more for a while.
        String other = gateway("other", SELDOM);
        Program second = gateways.getLast();
        second.awaitLine("first is ready on a", Duration.ofSeconds(20));
        Queue<String> streamed = new ConcurrentLinkedQueue<>();
        Queue<Integer> waited = new ConcurrentLinkedQueue<>();
        Thread stream =
                Thread.ofVirtual()
                        .name("stream")
                        .start(() ->
                                streamed.add(
                                        Gateways.post(
                                                        one + "/v1/chat/completions",
                                                        ask("first", 240))
                                                .body()));
        Stack.until("it streams", () -> atWork("first") == 1);
        HttpResponse<String> refused =
                Gateways.post(
                        node.url() + "/models/unload",
                        "{\"model_id\":\"first\",\"only_if_idle\":true}");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(Json.MAPPER.readTree(refused.body()).at("/error/in_flight").asInt(0))
                .isEqualTo(1);
        Thread wants =
                Thread.ofVirtual()
                        .name("wants")
                        .start(() -> waited.add(new Operator(dir, other).asks("second")));
        second.awaitLine("first was not unloaded from a", Duration.ofSeconds(20));
        assertThat(streamed).as("it streams on").isEmpty();
        assertThat(waited).as("the other one waits").isEmpty();
        stream.join();
        assertThat(streamed.peek()).contains("\"finish_reason\":\"stop\"").contains("[DONE]");
        wants.join();
        assertThat(waited).containsExactly(200);
    }

    @Test
    void bothWantTheRoomAllTheTimeAndNobodysAnswerBreaks() throws Exception {
        List<String> apis =
                List.of(gateway("one", Gateways.QUICK), gateway("other", Gateways.QUICK));
        Queue<Ending> endings = new ConcurrentLinkedQueue<>();
        CountDownLatch over = new CountDownLatch(1);
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            ChaosClient client = new ChaosClient(apis.get(i % 2));
            Random random = new Random(i);
            clients.add(
                    Thread.ofVirtual()
                            .name("client " + i)
                            .start(() -> {
                                try {
                                    while (over.getCount() > 0) {
                                        String model = random.nextBoolean() ? "first" : "second";
                                        endings.add(client.ask(Kind.STREAM, model, random));
                                    }
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            }));
        }
        over.await(8, TimeUnit.SECONDS);
        over.countDown();
        for (Thread client : clients) {
            client.join();
        }
        for (GpuNode.Memory memory : node.memory()) {
            assertThat(memory.usedMb()).isLessThanOrEqualTo(memory.usableMb());
        }
        assertThat(endings).allMatch(ending -> ending.end() == End.COMPLETE);
        for (String model : List.of("first", "second")) {
            assertThat(endings).anyMatch(ending -> ending.model().equals(model));
        }
    }
}
