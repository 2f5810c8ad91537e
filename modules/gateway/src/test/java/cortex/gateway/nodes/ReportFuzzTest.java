package cortex.gateway.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Needs;
import cortex.core.node.EngineOptions;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetMachine;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Whatever a neuron answers is a report or a missed poll, and the fleet bears it.
class ReportFuzzTest {
    /// More by `-Dcortex.fuzz.seeds=5000`.
    private static final int SEEDS = Integer.getInteger("cortex.fuzz.seeds", 150);

    private static final List<String> VALUES =
            List.of(
                    "null",
                    "-1",
                    "0",
                    "1",
                    "24000",
                    "9000000000",
                    "9223372036854775807",
                    "1e308",
                    "true",
                    "\"\"",
                    "\"a\"",
                    "\"loaded\"",
                    "\"loading\"",
                    "\"x\\u001b[2J\"",
                    "[]",
                    "[0]",
                    "[0,1,2]",
                    "[null]",
                    "{}");

    private final ScriptedNeuron neuron = new ScriptedNeuron();
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        neuron.close();
        http.shutdownNow();
    }

    private static ModelProfile model(String id) {
        return new ModelProfile(
                id,
                List.of(),
                new ModelProfile.Engine("llamacpp", null, EngineOptions.NONE),
                new Needs(1_000L, 1, null, null, List.of()),
                ModelProfile.Residency.DEFAULT);
    }

    private static String object(Random random, String... fields) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < fields.length; i += 2) {
            boolean odd = random.nextInt(40) == 0;
            String value = odd ? VALUES.get(random.nextInt(VALUES.size())) : fields[i + 1];
            if (random.nextInt(60) != 0) {
                all.add("\"" + fields[i] + "\":" + value);
            }
        }
        return "{" + String.join(",", all) + "}";
    }

    private static String list(Random random, int most, java.util.function.IntFunction<String> of) {
        List<String> all = new ArrayList<>();
        int count = random.nextInt(most + 1);
        for (int i = 0; i < count; i++) {
            all.add(of.apply(i));
        }
        return "[" + String.join(",", all) + "]";
    }

    private void script(Random random) {
        String devices =
                list(
                        random,
                        3,
                        i ->
                                object(
                                        random,
                                        "index",
                                        "" + i,
                                        "vendor",
                                        "\"nvidia\"",
                                        "name",
                                        "\"c\"",
                                        "memory",
                                        "\"own\"",
                                        "capability",
                                        "{\"compute\":\"9.0\"}",
                                        "vram_total_mb",
                                        "24000"));
        neuron.answer(
                "GET /discovery",
                200,
                object(
                        random,
                        "hostname",
                        "\"h\"",
                        "os",
                        "\"linux\"",
                        "devices",
                        devices,
                        "harnesses",
                        "[\"llamacpp\"]",
                        "ram_total_mb",
                        "64000"));
        String readings =
                list(random, 3, i -> object(random, "index", "" + i, "vram_free_mb", "20000"));
        String harness =
                object(random, "name", "\"llamacpp\"", "cycles", "1", "restartable", "true");
        neuron.answer(
                "GET /health",
                200,
                object(
                        random,
                        "uptime_secs",
                        "5",
                        "devices",
                        readings,
                        "ram_free_mb",
                        "30000",
                        "reading_age_secs",
                        "1",
                        "harnesses",
                        "[" + harness + "]"));
        neuron.answer("GET /models", 200, models(random));
    }

    private String models(Random random) {
        return list(
                random,
                5,
                i ->
                        object(
                                random,
                                "id",
                                "\"" + "abxy".charAt(random.nextInt(4)) + "\"",
                                "harness",
                                "\"llamacpp\"",
                                "status",
                                random.nextBoolean() ? "\"loaded\"" : "\"loading\"",
                                "devices",
                                "[0]",
                                "vram_used_mb",
                                "" + random.nextInt(24_000),
                                "devices_used_mb",
                                "[" + random.nextInt(24_000) + "]",
                                "peak_used_mb",
                                "900",
                                "in_flight",
                                "1",
                                "slots",
                                "4",
                                "replica",
                                "\"r" + random.nextInt(6) + "\""));
    }

    @Test
    void whateverItAnswersIsAReportOrAMiss() throws Exception {
        int reports = 0;
        for (int seed = 1; seed <= SEEDS; seed++) {
            Random random = new Random(seed);
            var address = new NodeAddress("n", neuron.url());
            FleetMachine machine =
                    new FleetMachine(
                            new FleetMachine.Settings(
                                    List.of(address),
                                    new Catalogue(List.of(model("a"), model("b"))),
                                    3,
                                    Duration.ofSeconds(15),
                                    10,
                                    FleetMachine.Policy.PLAIN));
            VirtualTime time = new VirtualTime();
            List<FleetEvent> events = new ArrayList<>();
            Duration patience = Duration.ofSeconds(10);
            Poller poller =
                    new Poller(
                            "n",
                            new HttpNeuronClient(
                                    http,
                                    neuron.url(),
                                    new HttpNeuronClient.Patience(patience, patience, patience),
                                    ReportRules.USUAL),
                            time,
                            events::add);
            for (int i = 0; i < 4; i++) {
                script(random);
                poller.poll();
                FleetEvent event = events.getLast();
                reports += event instanceof FleetEvent.NodeReported ? 1 : 0;
                machine.on(event, time.nanos());
                time.sleep(Duration.ofSeconds(1));
                machine.on(new FleetEvent.Tick(), time.nanos());
                assertThat(machine.view().replicas()).as("seed %d", seed).hasSizeLessThan(6);
            }
            assertThat(events).as("seed %d", seed).hasSize(4);
        }
        assertThat(reports).as("some are good").isGreaterThan(SEEDS);
    }
}
