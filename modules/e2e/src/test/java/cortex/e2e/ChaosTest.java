package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import cortex.e2e.ChaosAnswer.End;
import cortex.e2e.ChaosClient.Ending;
import cortex.e2e.ChaosClient.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Two nodes, five models that do not all fit, mixed traffic, and engines and neurons killed
/// meanwhile. A few seconds of it by default; `-Dcortex.chaos=4` makes it four minutes, with
/// `-Dcortex.chaos.seed=N` to repeat one's choices.
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class ChaosTest {
    private static final System.Logger LOG = System.getLogger(ChaosTest.class.getName());
    private static final List<String> MODELS =
            List.of("alpha", "beta", "gamma", "delta", "wide", "vectors");
    private static final int[] OFTEN = {6, 5, 4, 3, 2};
    private static final String VECTORS = MODELS.getLast();
    private static final Pattern SURPRISE =
            Pattern.compile(" ERROR |^\\s+at |Exception in thread|IllegalState|NullPointer");

    private static final String POLLING =
            """
            [polling]
            interval = "250ms"
            timeout = "3s"
            misses = 2
            [eviction]
            min_residency = "2s"
            """;

    private static final String GATEWAY =
            """
            keepalive = "1s"
            queue_timeout = "20s"
            idle_timeout = "15s"
            load_stall_timeout = "20s"
            """;

    @TempDir private Path dir;
    private final Queue<Ending> endings = new ConcurrentLinkedQueue<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger samples = new AtomicInteger();
    private final Set<Long> enginesKilled = ConcurrentHashMap.newKeySet();
    private final AtomicInteger neuronsKilled = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);

    /// How long and how hard.
    private record Storm(
            Duration length, int clients, Duration engineEvery, Duration neuronEvery, long seed) {
        static Storm chosen() {
            String minutes = System.getProperty("cortex.chaos", "");
            long seed = Long.getLong("cortex.chaos.seed", 1);
            return minutes.isEmpty()
                    ? new Storm(millis(7000), 6, millis(2000), millis(4000), seed)
                    : new Storm(
                            millis((long) (Double.parseDouble(minutes) * 60_000)),
                            14,
                            millis(5000),
                            millis(35_000),
                            seed);
        }

        /// Where it happens. What a long one leaves there can be read afterwards.
        Path home(Path passing) throws IOException {
            if (System.getProperty("cortex.chaos", "").isEmpty()) {
                return passing;
            }
            Path kept = Path.of("target", "chaos").toAbsolutePath();
            Files.createDirectories(kept);
            return Files.createTempDirectory(kept, "seed-" + seed + "-");
        }

        private static Duration millis(long ms) {
            return Duration.ofMillis(ms);
        }
    }

    @Test
    void everyRequestEndsWellOrClearlyAndNothingIsLeftOver() throws Exception {
        Storm storm = Storm.chosen();
        Path home = storm.home(dir);
        try (GpuNode a = new GpuNode("a", home, "10000,10000", 21_000);
                GpuNode b = new GpuNode("b", home, "12000", 24_000)) {
            List<GpuNode> nodes = List.of(a, b);
            String metrics = weather(storm, home, nodes);
            for (GpuNode node : nodes) {
                node.stop();
                assertThat(node.processes()).as("orphans of " + node.name()).isEmpty();
            }
            judge();
            List<Path> books = nodes.stream().map(GpuNode::books).toList();
            new ChaosBooks(metrics, endings, home.resolve("cortex.log"), books)
                    .judge(MODELS, enginesKilled);
            for (String log : List.of("cortex.log", "a/neuron.log", "b/neuron.log")) {
                assertThat(surprises(home.resolve(log))).as("surprises in " + log).isEmpty();
            }
        }
    }

    /// The storm and the calm after it; the gateway's metrics at the end.
    private String weather(Storm storm, Path home, List<GpuNode> nodes) throws Exception {
        try (Program cortex = cortex(home, nodes)) {
            // Asked for now: a long storm outlives the lines that are kept of the log.
            String api = cortex.readyUrl(0);
            String meters = cortex.readyUrl(1);
            List<Thread> threads = new ArrayList<>();
            threads.addAll(sampling(nodes));
            threads.addAll(traffic(api, storm));
            threads.addAll(havoc(nodes, storm));
            over.await(storm.length().toMillis(), TimeUnit.MILLISECONDS);
            over.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            recovers(api, storm);
            String metrics = settled(meters + "/metrics");
            allAgree(api, nodes);
            tell(storm);
            if (!faults.isEmpty()) {
                System.out.println(Gateways.get(api + "/admin/fleet").body());
                nodes.forEach(node -> System.out.println(node.log()));
                System.out.println(cortex.log());
            }
            cortex.terminate();
            cortex.awaitExit(Duration.ofSeconds(40));
            return metrics;
        }
    }

    /// The gateway, the neurons and the machine itself know of the same engines, all at rest.
    private static void allAgree(String api, List<GpuNode> nodes) throws InterruptedException {
        for (GpuNode node : nodes) {
            AtomicReference<String> seen = new AtomicReference<>("");
            try {
                Stack.until("they agree", () -> agree(api, node, seen));
            } catch (AssertionError e) {
                throw new AssertionError(node.name() + ": " + seen, e);
            }
        }
    }

    private static boolean agree(String api, GpuNode node, AtomicReference<String> seen) {
        Set<String> known = new TreeSet<>();
        JsonNode fleet = Json.MAPPER.readTree(Gateways.get(api + "/admin/fleet").body());
        for (JsonNode replica : fleet.path("replicas")) {
            if (replica.path("node").asString("").equals(node.name()) && there(replica)) {
                known.add(told(replica, "model"));
            }
        }
        Set<String> held = new TreeSet<>();
        for (JsonNode replica : Json.MAPPER.readTree(Gateways.get(node.url() + "/models").body())) {
            if (there(replica)) {
                held.add(told(replica, "id"));
            }
        }
        int engines = node.engines().size();
        seen.set("gateway " + known + ", neuron " + held + ", engines " + engines);
        return known.equals(held)
                && known.size() == engines
                && known.stream().allMatch(replica -> replica.endsWith("loaded, 0 in flight"));
    }

    /// Who failed is remembered, and has no engine.
    private static boolean there(JsonNode replica) {
        return !replica.path("status").asString("").equals("failed");
    }

    private static String told(JsonNode replica, String name) {
        return "%s %s, %d in flight"
                .formatted(
                        replica.path(name).asString(""),
                        replica.path("status").asString(""),
                        replica.path("in_flight").asInt(-1));
    }

    /// Lines that tell of something that the program did not think of.
    private static List<String> surprises(Path log) throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> SURPRISE.matcher(line).find()).limit(20).toList();
        }
    }

    private static Program cortex(Path home, List<GpuNode> nodes) throws Exception {
        String models =
                model("alpha", 6000, 1, "")
                        + model("beta", 5000, 1, "")
                        + model("gamma", 4000, 1, "")
                        + model("delta", 8000, 1, "")
                        + model("wide", 12_000, 2, "")
                        + model(VECTORS, 3000, 1, ", \"--embeddings\"");
        return Gateways.start(home, nodes, GATEWAY, POLLING, models);
    }

    private static String model(String id, int vramMb, int devices, String more) {
        String args =
                "\"--load-time\", \"400ms\", \"--speed\", \"250\", \"--leak-vram\", \"600ms\"";
        return Gateways.model(id, vramMb, devices, args + more);
    }

    private interface Work {
        void run() throws Exception;
    }

    /// A thread that does `work` again and again, `pause` apart, until the storm is over.
    private Thread repeating(String name, Duration pause, Work work) {
        return Thread.ofVirtual()
                .name(name)
                .start(() -> {
                    try {
                        while (!over.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                            work.run();
                        }
                    } catch (Exception | AssertionError e) {
                        faults.add(name + ": " + e);
                    }
                });
    }

    private List<Thread> sampling(List<GpuNode> nodes) {
        return nodes.stream()
                .map(node ->
                        repeating(
                                "samples of " + node.name(),
                                Duration.ofMillis(150),
                                () -> sample(node)))
                .toList();
    }

    private void sample(GpuNode node) throws IOException, InterruptedException {
        for (GpuNode.Memory memory : node.memory()) {
            samples.incrementAndGet();
            if (memory.usedMb() > memory.usableMb()) {
                faults.add("over-committed: " + memory);
            }
        }
    }

    private List<Thread> traffic(String api, Storm storm) {
        ChaosClient client = new ChaosClient(api);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < storm.clients(); i++) {
            Random random = new Random(storm.seed() * 1000 + i);
            Duration pause = Duration.ofMillis(20 + 15L * i);
            threads.add(repeating("client " + i, pause, () -> endings.add(one(client, random))));
        }
        return threads;
    }

    private static Ending one(ChaosClient client, Random random) throws InterruptedException {
        Kind kind = Kind.any(random);
        String model = kind == Kind.VECTORS ? VECTORS : model(random);
        return client.ask(kind, model, random);
    }

    private static String model(Random random) {
        int sum = 0;
        for (int often : OFTEN) {
            sum += often;
        }
        int dice = random.nextInt(sum);
        int at = 0;
        while (dice >= OFTEN[at]) {
            dice -= OFTEN[at];
            at++;
        }
        return MODELS.get(at);
    }

    private List<Thread> havoc(List<GpuNode> nodes, Storm storm) {
        Random engines = new Random(storm.seed());
        Random neurons = new Random(storm.seed() + 1);
        return List.of(
                repeating(
                        "kills engines",
                        storm.engineEvery(),
                        () -> killEngine(nodes.get(engines.nextInt(2)), engines)),
                repeating(
                        "kills neurons",
                        storm.neuronEvery(),
                        () -> killNeuron(nodes.get(neurons.nextInt(2)))));
    }

    private void killEngine(GpuNode node, Random random) {
        List<ProcessHandle> engines = node.engines();
        if (!engines.isEmpty()) {
            ProcessHandle engine = engines.get(random.nextInt(engines.size()));
            enginesKilled.add(engine.pid());
            engine.destroyForcibly();
        }
    }

    private void killNeuron(GpuNode node) throws InterruptedException {
        node.kill();
        neuronsKilled.incrementAndGet();
        if (!over.await(700, TimeUnit.MILLISECONDS)) {
            LOG.log(System.Logger.Level.DEBUG, "neuron " + node.name() + " starts again");
        }
        node.startAgain();
    }

    /// When the faults stop, every model answers again.
    private void recovers(String api, Storm storm) throws InterruptedException {
        ChaosClient client = new ChaosClient(api);
        Random random = new Random(storm.seed());
        for (String model : MODELS) {
            Kind kind = model.equals(VECTORS) ? Kind.VECTORS : Kind.STREAM;
            Ending last = client.ask(kind, model, random);
            endings.add(last);
            for (int i = 0; i < 3 && last.end() != End.COMPLETE; i++) {
                last = client.ask(kind, model, random);
                endings.add(last);
            }
            if (last.end() != End.COMPLETE) {
                faults.add("after the storm: " + last);
            }
        }
    }

    /// The metrics once nothing is in flight and every request is counted.
    private String settled(String url) throws InterruptedException {
        Stack.until(
                "all requests are counted",
                () -> {
                    String text = Gateways.get(url).body();
                    long unseen = count(e -> e.end() == End.LEFT && e.status() == 0);
                    return ChaosBooks.sum(text, "cortex_requests_in_flight", _ -> true) == 0
                            && ChaosBooks.sum(text, "cortex_model_in_flight", _ -> true) == 0
                            && ChaosBooks.sum(text, "cortex_requests_total", _ -> true)
                                    >= endings.size() - unseen;
                });
        return Gateways.get(url).body();
    }

    private long count(Predicate<Ending> wanted) {
        return endings.stream().filter(wanted).count();
    }

    private void tell(Storm storm) {
        System.out.printf(
                "%s: %d requests, %d complete, %d clear errors, %d left, %d neither; %d engines and"
                        + " %d neurons killed; %d samples of device memory, %d faults%n",
                storm,
                endings.size(),
                count(e -> e.end() == End.COMPLETE),
                count(e -> e.end() == End.ERROR),
                count(e -> e.end() == End.LEFT),
                count(e -> e.end() == End.NEITHER),
                enginesKilled.size(),
                neuronsKilled.get(),
                samples.get(),
                faults.size());
        Map<String, Long> errors = new HashMap<>();
        endings.stream()
                .filter(e -> e.end() == End.ERROR)
                .forEach(e -> errors.merge(e.model() + " " + e.status(), 1L, Long::sum));
        System.out.println("errors by model and status: " + errors);
        endings.stream()
                .filter(e -> e.end() == End.ERROR)
                .map(e -> e.model() + ": " + e.words().replaceAll("\\s+", " "))
                .distinct()
                .limit(40)
                .forEach(System.out::println);
    }

    private void judge() {
        assertThat(faults).isEmpty();
        assertThat(endings).filteredOn(e -> e.end() == End.NEITHER).isEmpty();
        assertThat(samples.get()).isPositive();
        assertThat(enginesKilled).as("engines killed").isNotEmpty();
        assertThat(neuronsKilled.get()).as("neurons killed").isPositive();
        assertThat(count(e -> e.end() == End.COMPLETE)).as("complete").isGreaterThan(10);
    }
}
