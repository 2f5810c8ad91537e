package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import cortex.e2e.ChaosAnswer.End;
import cortex.e2e.ChaosClient.Ending;
import cortex.e2e.ChaosClient.Kind;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What an operator does, by HTTP and by the command, over two nodes of one device each: every wish
/// says what it changes, and wished again that it changes nothing.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class AdminTest {
    private static final String UNCHANGED = "Nothing to do: ";
    private static final String ARGS =
            "\"--load-time\", \"400ms\", \"--speed\", \"100\", \"--leak-vram\", \"300ms\"";

    @TempDir private static Path dir;
    private static GpuNode a;
    private static GpuNode b;
    private static Program cortex;
    private static Operator operator;
    private static String api;

    @BeforeAll
    static void start() throws Exception {
        a = new GpuNode("a", dir, "10000", 21_000);
        b = new GpuNode("b", dir, "10000", 24_000);
        String models =
                Gateways.model("small", 3000, 1, ARGS)
                        + Gateways.model("other", 3500, 1, ARGS)
                        + Gateways.model("big", 8500, 1, ARGS);
        cortex = Gateways.start(dir, List.of(a, b), "", Gateways.QUICK, models);
        api = cortex.readyUrl(0);
        operator = new Operator(dir, api);
    }

    @AfterAll
    static void stop() {
        cortex.close();
        a.close();
        b.close();
    }

    /// Each test begins with two empty nodes in use.
    @AfterEach
    void allIsGone() throws InterruptedException {
        for (String node : List.of("a", "b")) {
            operator.posts("undrain", "{\"node\":\"" + node + "\"}");
            for (String model : List.of("small", "other", "big")) {
                operator.posts(
                        "unpin", "{\"model\":\"%s\",\"node\":\"%s\"}".formatted(model, node));
            }
        }
        for (String model : List.of("small", "other", "big")) {
            operator.posts("unload", "{\"model\":\"" + model + "\"}");
        }
        operator.waitsFor();
        assertThat(a.engines()).isEmpty();
        assertThat(b.engines()).isEmpty();
    }

    private static void changed(JsonNode answer, String... changes) {
        List<String> told = new ArrayList<>();
        for (JsonNode change : answer.path("changes")) {
            told.add(
                    "%s on %s: %s"
                            .formatted(
                                    change.path("model").asString("-"),
                                    change.path("node").asString("-"),
                                    change.path("step").asString("-")));
            assertThat(change.path("text").asString("")).isNotBlank();
        }
        assertThat(told).containsExactlyInAnyOrder(changes);
        assertThat(answer.path("changed").asBoolean(changes.length == 0))
                .isEqualTo(changes.length > 0);
    }

    /// Wishes by HTTP; twice, for the second time changes nothing.
    private static void wishes(String what, String body, String... changes) {
        changed(operator.posts(what, body), changes);
        changed(operator.posts(what, body));
    }

    /// The same by the command.
    private static String commands(String... arguments) throws InterruptedException {
        Operator.Said said = operator.runs(arguments);
        assertThat(said.exit()).as(said.text()).isZero();
        assertThat(said.text()).doesNotContain(UNCHANGED);
        Operator.Said again = operator.runs(arguments);
        assertThat(again.exit()).isZero();
        assertThat(again.text()).startsWith(UNCHANGED);
        return said.text();
    }

    @Test
    void aModelIsLoadedAndUnloadedWhereTheOperatorSays() throws Exception {
        wishes("load", "{\"model\":\"small\",\"node\":\"b\"}", "small on b: loading");
        operator.waitsFor("small on b: loaded");
        changed(operator.posts("load", "{\"model\":\"small\",\"node\":\"b\"}"));
        assertThat(b.engines()).hasSize(1);
        assertThat(operator.asks("small")).isEqualTo(200);
        assertThat(commands("load", "small", "a")).contains("small on a: loading");
        operator.waitsFor("small on a: loaded", "small on b: loaded");
        assertThat(commands("unload", "small", "b")).contains("small on b: unloading.");
        operator.waitsFor("small on a: loaded");
        Stack.until("the engine is gone", () -> b.engines().isEmpty());
        wishes("unload", "{\"model\":\"small\"}", "small on a: unloading");
        operator.waitsFor();
        assertThat(operator.runs("status").text()).contains("No model is loaded.");
    }

    @Test
    void whatIsMistypedIsNamed() throws Exception {
        Operator.Said said = operator.runs("load", "smal");
        assertThat(said.exit()).isEqualTo(1);
        assertThat(said.text()).contains("mean small");
        said = operator.runs("drain", "c");
        assertThat(said.exit()).isEqualTo(1);
        assertThat(said.text()).contains("There is no node 'c'");
    }

    @Test
    void whatIsPinnedIsNeverUnloadedToMakeRoom() throws Exception {
        operator.posts("load", "{\"model\":\"small\",\"node\":\"a\"}");
        operator.posts("load", "{\"model\":\"other\",\"node\":\"b\"}");
        operator.waitsFor("small on a: loaded", "other on b: loaded");
        wishes("pin", "{\"model\":\"small\",\"node\":\"a\"}", "small on a: pinned");
        assertThat(commands("pin", "other", "b"))
                .contains("other on b: pinned: cortex will not evict");
        assertThat(operator.runs("status").text()).contains("loaded, pinned");

        HttpResponse<String> refused = operator.answer("big");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("retry-after")).isPresent();
        assertThat(operator.runs("why", "big").text()).contains("pinned");
        assertThat(operator.replicas())
                .containsExactlyInAnyOrder("small on a: loaded", "other on b: loaded");

        assertThat(commands("unpin", "other", "b")).contains("other on b: unpinned");
        String why = operator.runs("why", "big").text();
        JsonNode plan = operator.posts("plan", "{\"model\":\"big\"}");
        assertThat(why).contains("leaves: other");
        assertThat(plan.path("load").path("node").asString("")).isEqualTo("b");
        assertThat(operator.asks("big")).as("as the plan said").isEqualTo(200);
        operator.waitsFor("small on a: loaded", "big on b: loaded");
        wishes("unpin", "{\"model\":\"small\",\"node\":\"a\"}", "small on a: unpinned");
    }

    @Test
    void thePlanIsTheSameByHttpAndByTheCommandAndIsWhatHappens() throws Exception {
        String why = operator.runs("why", "small").text();
        JsonNode plan = operator.posts("plan", "{\"model\":\"small\"}");
        assertThat(plan.path("text").asString("").lines().findFirst())
                .isEqualTo(why.lines().findFirst());
        String node = plan.path("load").path("node").asString("");
        assertThat(why).contains("* " + node + ": ").contains("usable; would use 3000 MiB");
        assertThat(operator.asks("small")).isEqualTo(200);
        assertThat(operator.replicas()).containsExactly("small on " + node + ": loaded");
        JsonNode warm = operator.posts("plan", "{\"model\":\"small\"}");
        assertThat(warm.path("chosen").path("node").asString("")).isEqualTo(node);
        assertThat(operator.runs("why", "small").text()).contains("on " + node);
    }

    /// Asks for `small` again and again until told to stop, and watches that one of the nodes has
    /// it at every moment.
    private static final class Traffic {
        final Queue<Ending> endings = new ConcurrentLinkedQueue<>();
        final AtomicInteger looks = new AtomicInteger();
        final Queue<String> gaps = new ConcurrentLinkedQueue<>();
        private final CountDownLatch over = new CountDownLatch(1);
        private final List<Thread> threads = new ArrayList<>();

        Traffic() {
            ChaosClient client = new ChaosClient(api);
            for (int i = 0; i < 3; i++) {
                Random random = new Random(i);
                threads.add(
                        Thread.ofVirtual().name("client " + i).start(() -> ask(client, random)));
            }
            threads.add(Thread.ofVirtual().name("watch").start(this::watch));
        }

        private void ask(ChaosClient client, Random random) {
            try {
                while (over.getCount() > 0) {
                    Kind kind = random.nextBoolean() ? Kind.STREAM : Kind.MESSAGES_WHOLE;
                    endings.add(client.ask(kind, "small", random));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void watch() {
            while (over.getCount() > 0) {
                // Were it gone from a before it is on b, b would not have it when asked after a.
                if (!has(a) && !has(b) && !has(a)) {
                    gaps.add("nobody has it after " + endings.size() + " requests");
                }
                looks.incrementAndGet();
            }
        }

        private boolean has(GpuNode node) {
            String body = Gateways.get(node.url() + "/models").body();
            for (JsonNode replica : Json.MAPPER.readTree(body)) {
                if (replica.path("id").asString("").equals("small")
                        && replica.path("status").asString("").equals("loaded")) {
                    return true;
                }
            }
            return false;
        }

        /// Waits until `more` requests have ended.
        void goesOn(int more) throws InterruptedException {
            int enough = endings.size() + more;
            Stack.until("requests go on", () -> endings.size() >= enough);
        }

        void ends() throws InterruptedException {
            over.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(endings).allMatch(ending -> ending.end() == End.COMPLETE);
            assertThat(gaps).isEmpty();
            assertThat(looks).hasPositiveValue();
        }
    }

    @Test
    void aDrainedNodesModelsMoveFirstAndNoRequestNoticesIt() throws Exception {
        operator.posts("load", "{\"model\":\"small\",\"node\":\"a\"}");
        operator.waitsFor("small on a: loaded");
        Traffic traffic = new Traffic();
        try {
            traffic.goesOn(5);
            wishes("drain", "{\"node\":\"a\"}", "- on a: drained", "small on a: moving");
            operator.waitsFor("small on b: loaded");
            Stack.until("the engine is gone", () -> a.engines().isEmpty());
            traffic.goesOn(5);
            assertThat(operator.runs("status").text()).containsPattern("healthy, drain(ing|ed)");
            changed(operator.posts("drain", "{\"node\":\"a\"}"));
            assertThat(operator.runs("why", "other").text()).contains("a: is draining");
            assertThat(commands("undrain", "a")).contains("a: in use again.");

            String text = operator.runs("drain", "b").text();
            assertThat(text).contains("b: draining: it gets no new models.").contains("on a first");
            operator.waitsFor("small on a: loaded");
            traffic.goesOn(5);
            assertThat(operator.runs("drain", "b").text()).startsWith(UNCHANGED);
            wishes("undrain", "{\"node\":\"b\"}", "- on b: undrained");
        } finally {
            traffic.ends();
        }
    }

    @Test
    void whatFitsNowhereElseEndsItsRequestsAndIsRefusedUntilTheNodeIsBack() throws Exception {
        operator.posts("load", "{\"model\":\"big\",\"node\":\"a\"}");
        operator.waitsFor("big on a: loaded");
        wishes("drain", "{\"node\":\"b\"}", "- on b: drained");
        String body =
                """
                {"model":"big","stream":true,\
                "messages":[{"role":"user","content":"[[tokens 150]] Hi"}]}\
                """;
        Queue<String> streamed = new ConcurrentLinkedQueue<>();
        Thread client =
                Thread.ofVirtual()
                        .name("client")
                        .start(() ->
                                streamed.add(
                                        Gateways.post(api + "/v1/chat/completions", body).body()));
        Stack.until(
                "it is at work", () -> operator.fleet().at("/replicas/0/in_flight").asInt(0) == 1);
        wishes("drain", "{\"node\":\"a\"}", "- on a: drained", "big on a: draining");
        client.join();
        assertThat(streamed.peek()).contains("\"finish_reason\":\"stop\"").contains("[DONE]");
        operator.waitsFor();
        HttpResponse<String> refused = operator.answer("big");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("there is no room for it").doesNotContain("drain");
        assertThat(operator.runs("why", "big").text()).contains("is draining");
        assertThat(commands("undrain", "a")).contains("a: in use again.");
        assertThat(operator.asks("big")).isEqualTo(200);
    }
}
