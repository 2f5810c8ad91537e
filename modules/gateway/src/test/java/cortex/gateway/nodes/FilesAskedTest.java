package cortex.gateway.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Needs;
import cortex.core.catalogue.ModelProfile.Residency;
import cortex.core.files.FilesQuestion;
import cortex.core.files.ModelFiles;
import cortex.core.node.EngineOptions;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetEvent.NodeMissed;
import cortex.gateway.fleet.machine.FleetEvent.NodeReported;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A catalogue's files are asked for with each poll, sent only where they are not known, and told
/// when they have changed.
@Timeout(60)
class FilesAskedTest {
    private static final ModelProfile TINY = profile(3_000L, "/m/tiny.gguf");
    private static final FilesQuestion QUESTION = FilesQuestion.of(List.of(TINY));
    private static final String PATH = "/files/" + QUESTION.version();

    private final ScriptedNeuron neuron = new ScriptedNeuron();
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<FleetEvent> events = new ArrayList<>();
    private final Duration patience = Duration.ofSeconds(10);
    private final Poller poller =
            new Poller(
                    "beast",
                    new HttpNeuronClient(
                            http,
                            neuron.url(),
                            new HttpNeuronClient.Patience(patience, patience, patience),
                            ReportRules.USUAL),
                    QUESTION,
                    new VirtualTime(),
                    events::add);

    private static ModelProfile profile(long vramMb, String path) {
        return new ModelProfile(
                "tiny",
                List.of(),
                new ModelProfile.Engine(
                        "llamacpp",
                        null,
                        new EngineOptions(
                                new EngineOptions.Origin(path, null),
                                4096,
                                2,
                                null,
                                List.of(),
                                null,
                                List.of())),
                new Needs(vramMb, 1, null, null, List.of()),
                Residency.DEFAULT);
    }

    private static String report(String revision, String models) {
        return "{\"revision\":\"" + revision + "\",\"models\":" + models + "}";
    }

    @AfterEach
    void close() {
        poller.close();
        neuron.close();
        http.shutdownNow();
    }

    private @Nullable Map<String, ModelFiles> poll() throws InterruptedException {
        events.clear();
        poller.poll();
        assertThat(events).hasSize(1);
        return ((NodeReported) events.getFirst()).files();
    }

    private long puts() {
        return neuron.requests.stream().filter(line -> line.startsWith("PUT")).count();
    }

    @Test
    void aCatalogueIsSentOnceAndNewsAreTold() throws Exception {
        neuron.healthy();
        String lacks =
                """
                [{"id":"tiny","state":"absent","file":"/m/tiny.gguf","why":"no\\u0007 such file"}]
                """;
        neuron.answer("PUT " + PATH, 200, report("r-1", lacks));
        assertThat(poll())
                .hasEntrySatisfying(
                        "tiny",
                        files ->
                                assertThat(files.text())
                                        .isEqualTo("lacks /m/tiny.gguf (no  such file)"))
                .hasSize(1);

        neuron.answer("GET " + PATH + "/since/r-1", 200, report("r-1", "null"));
        assertThat(poll()).isNull();
        String here = "[{\"id\":\"tiny\",\"state\":\"present\",\"size_mb\":9,\"stamp\":\"1a\"}]";
        neuron.answer("GET " + PATH + "/since/r-1", 200, report("r-2", here));
        assertThat(poll()).hasEntrySatisfying("tiny", f -> assertThat(f.lacks()).isFalse());
        assertThat(puts()).isEqualTo(1);
    }

    /// A neuron that stops ends once its gateways have asked for the models.
    @Test
    void theModelsAreAskedForLast() throws Exception {
        neuron.healthy();
        neuron.answer("PUT " + PATH, 200, report("r-1", "[]"));
        poll();
        assertThat(neuron.requests.getLast()).startsWith("GET /models");
    }

    @Test
    void newsAreToldAgainAfterAPollThatFailed() throws Exception {
        neuron.healthy();
        String lacks = report("r-1", "[{\"id\":\"tiny\",\"state\":\"absent\"}]");
        neuron.answer("PUT " + PATH, 200, lacks);
        neuron.answer("GET /models", 500, "{}");
        poller.poll();
        assertThat(events.getFirst()).isInstanceOf(FleetEvent.NodeMissed.class);
        neuron.healthy();
        neuron.answer("GET " + PATH, 200, lacks);
        assertThat(poll()).containsKey("tiny");
    }

    @Test
    void aNeuronThatStartedAnewIsSentTheCatalogueAgain() throws Exception {
        neuron.healthy();
        neuron.answer("PUT " + PATH, 200, report("r-1", "[]"));
        assertThat(poll()).isEmpty();
        assertThat(poll()).as("404 for what is not known any more").isEmpty();
        assertThat(puts()).isEqualTo(2);
    }

    @Test
    void anOlderNeuronIsTakenAsItIsAndSeldomAsked() throws Exception {
        neuron.healthy();
        assertThat(poll()).isEmpty();
        for (int i = 0; i < 5; i++) {
            assertThat(poll()).isNull();
        }
        assertThat(puts()).isEqualTo(1);
    }

    @Test
    void aReportThatBreaksTheRulesIsNone() throws Exception {
        neuron.healthy();
        for (String broken :
                List.of(
                        report("../x", "[]"),
                        report("r", "[{\"id\":\"stranger\",\"state\":\"present\"}]"),
                        report("r", "[{\"id\":\"tiny\"},{\"id\":\"tiny\"}]"),
                        report("r", "[{\"id\":\"tiny\",\"size_mb\":-1}]"),
                        "{}")) {
            neuron.answer("PUT " + PATH, 200, broken);
            events.clear();
            poller.poll();
            assertThat(events.getFirst()).as(broken).isInstanceOf(NodeMissed.class);
        }
    }

    @Test
    void onlyWhatNamesFilesMakesAnotherQuestion() {
        assertThat(FilesQuestion.of(List.of(profile(9_000L, "/m/tiny.gguf"))).version())
                .isEqualTo(QUESTION.version());
        assertThat(FilesQuestion.of(List.of(profile(3_000L, "/m/other.gguf"))).version())
                .isNotEqualTo(QUESTION.version());
    }
}
