package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.e2e.ChaosClient.End;
import cortex.e2e.ChaosClient.Ending;
import cortex.e2e.ChaosClient.Kind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two nodes, five models that do not all fit, mixed traffic, and engines and neurons killed
/// meanwhile. A few seconds of it by default; `-Dcortex.chaos=4` makes it four minutes, with
/// `-Dcortex.chaos.seed=N` to repeat one's choices.
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class ChaosTest {
    private static final System.Logger LOG = System.getLogger(ChaosTest.class.getName());
    private static final List<String> MODELS = List.of("alpha", "beta", "gamma", "delta", "wide");
    private static final int[] OFTEN = {6, 5, 4, 3, 2};
    private static final Pattern SAMPLE =
            Pattern.compile("^(\\w+)\\{([^}]*)} ([0-9.E+]+)$", Pattern.MULTILINE);

    @TempDir private Path dir;
    private final Queue<Ending> endings = new ConcurrentLinkedQueue<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger samples = new AtomicInteger();
    private final AtomicInteger enginesKilled = new AtomicInteger();
    private final AtomicInteger neuronsKilled = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private final HttpClient http = HttpClient.newHttpClient();

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

        private static Duration millis(long ms) {
            return Duration.ofMillis(ms);
        }
    }

    @Test
    void everyRequestEndsWellOrClearlyAndNothingIsLeftOver() throws Exception {
        Storm storm = Storm.chosen();
        try (ChaosNode a = new ChaosNode("a", dir, "10000,10000", 21_000);
                ChaosNode b = new ChaosNode("b", dir, "12000", 24_000)) {
            List<ChaosNode> nodes = List.of(a, b);
            try (Program cortex = cortex(nodes)) {
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
                tell(storm);
                if (!faults.isEmpty()) {
                    System.out.println(get(api + "/admin/fleet").body());
                    nodes.forEach(node -> System.out.println(node.log()));
                    System.out.println(cortex.log());
                }
                judge(metrics);
                cortex.terminate();
                cortex.awaitExit(Duration.ofSeconds(40));
            }
            for (ChaosNode node : nodes) {
                node.stop();
                assertThat(node.processes()).as("orphans of " + node.name()).isEmpty();
            }
        }
    }

    private Program cortex(List<ChaosNode> nodes) throws Exception {
        StringBuilder neurons = new StringBuilder();
        for (ChaosNode node : nodes) {
            neurons.append(
                    """
                    [[neurons]]
                    name = "%s"
                    endpoint = "%s"
                    """
                            .formatted(node.name(), node.url()));
        }
        Files.writeString(
                dir.resolve("cortex.toml"),
                """
                [gateway]
                listen = "127.0.0.1:0"
                metrics_listen = "127.0.0.1:0"
                keepalive = "1s"
                queue_timeout = "20s"
                idle_timeout = "15s"
                load_stall_timeout = "20s"
                [polling]
                interval = "250ms"
                timeout = "3s"
                misses = 2
                %s
                """
                        .formatted(neurons));
        Files.writeString(
                dir.resolve("models.toml"),
                model("alpha", 6000, 1)
                        + model("beta", 5000, 1)
                        + model("gamma", 4000, 1)
                        + model("delta", 8000, 1)
                        + model("wide", 12_000, 2));
        List<String> serve = List.of("serve", "--config", "cortex.toml");
        Program cortex = Program.startReady("cortex", dir, serve);
        String ready = cortex.readyUrl(0) + "/ready";
        Stack.until("the gateway is ready", () -> get(ready).statusCode() == 200);
        return cortex;
    }

    private static String model(String id, int vramMb, int devices) {
        return """
        [[models]]
        id = "%s"
        harness = "demo"
        context = 8192
        parallel = 2
        vram_mb = %d
        min_devices = %d
        args = ["--load-time", "400ms", "--speed", "250", "--leak-vram", "600ms"]
        """
                .formatted(id, vramMb, devices);
    }

    private HttpResponse<String> get(String url) {
        try {
            return http.send(
                    HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
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

    private List<Thread> sampling(List<ChaosNode> nodes) {
        return nodes.stream()
                .map(node ->
                        repeating(
                                "samples of " + node.name(),
                                Duration.ofMillis(150),
                                () -> sample(node)))
                .toList();
    }

    private void sample(ChaosNode node) throws IOException, InterruptedException {
        for (ChaosNode.Memory memory : node.memory()) {
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
            threads.add(
                    repeating(
                            "client " + i,
                            pause,
                            () -> endings.add(client.ask(kind(random), model(random), random))));
        }
        return threads;
    }

    private static Kind kind(Random random) {
        int dice = random.nextInt(10);
        return dice < 5
                ? Kind.STREAM
                : dice < 7 ? Kind.WHOLE : dice < 9 ? Kind.MESSAGES : Kind.LEAVES;
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

    private List<Thread> havoc(List<ChaosNode> nodes, Storm storm) {
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

    private void killEngine(ChaosNode node, Random random) {
        List<ProcessHandle> engines = node.engines();
        if (!engines.isEmpty()) {
            engines.get(random.nextInt(engines.size())).destroyForcibly();
            enginesKilled.incrementAndGet();
        }
    }

    private void killNeuron(ChaosNode node) throws InterruptedException {
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
            Ending last = client.ask(Kind.STREAM, model, random);
            endings.add(last);
            for (int i = 0; i < 3 && last.end() != End.COMPLETE; i++) {
                last = client.ask(Kind.STREAM, model, random);
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
                    String text = get(url).body();
                    return sum(text, "cortex_requests_in_flight", labels -> true) == 0
                            && sum(text, "cortex_requests_total", labels -> true) >= endings.size();
                });
        return get(url).body();
    }

    private static long sum(String metrics, String name, Predicate<Map<String, String>> wanted) {
        double sum = 0;
        Matcher matcher = SAMPLE.matcher(metrics);
        while (matcher.find()) {
            if (matcher.group(1).equals(name) && wanted.test(labels(matcher.group(2)))) {
                sum += Double.parseDouble(matcher.group(3));
            }
        }
        return Math.round(sum);
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new HashMap<>();
        for (String pair : text.split(",", -1)) {
            int equals = pair.indexOf('=');
            labels.put(pair.substring(0, equals), pair.substring(equals + 1).replace("\"", ""));
        }
        return labels;
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
                enginesKilled.get(),
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

    private void judge(String metrics) {
        assertThat(faults).isEmpty();
        assertThat(endings).filteredOn(e -> e.end() == End.NEITHER).isEmpty();
        assertThat(samples.get()).isPositive();
        assertThat(enginesKilled.get()).as("engines killed").isPositive();
        assertThat(neuronsKilled.get()).as("neurons killed").isPositive();
        assertThat(count(e -> e.end() == End.COMPLETE)).as("complete").isGreaterThan(10);
        for (String model : MODELS) {
            long asked = count(e -> e.model().equals(model));
            assertThat(sum(metrics, "cortex_requests_total", l -> model.equals(l.get("model"))))
                    .as("requests for " + model)
                    .isEqualTo(asked);
        }
        long left = count(e -> e.end() == End.LEFT);
        long complete = count(e -> e.end() == End.COMPLETE);
        long failed = count(e -> e.end() == End.ERROR);
        assertThat(sum(metrics, "cortex_requests_total", l -> "200".equals(l.get("status"))))
                .as("answered well")
                .isBetween(complete, complete + left);
        assertThat(sum(metrics, "cortex_request_errors_total", l -> !gone(l)))
                .as("failed")
                .isBetween(failed, failed + left);
        assertThat(sum(metrics, "cortex_request_errors_total", ChaosTest::gone))
                .as("clients that left")
                .isLessThanOrEqualTo(left);
    }

    private static boolean gone(Map<String, String> labels) {
        return "client_gone".equals(labels.get("type"));
    }
}
