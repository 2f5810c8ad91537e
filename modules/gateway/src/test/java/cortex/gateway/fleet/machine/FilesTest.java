package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.entry;
import static cortex.gateway.fleet.machine.Scenario.grant;
import static cortex.gateway.fleet.machine.Scenario.load;
import static cortex.gateway.fleet.machine.Scenario.model;
import static cortex.gateway.fleet.machine.Scenario.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.files.ModelFiles;
import cortex.core.files.ModelFiles.State;
import cortex.core.node.FailureCause;
import cortex.core.node.FailureCause.Kind;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect.Refuse;
import cortex.gateway.fleet.machine.Effect.StartLoad;
import cortex.gateway.fleet.machine.FleetEvent.LoadFailed;
import cortex.gateway.fleet.machine.FleetEvent.NodeReported;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// A node that says that it lacks a model's files is no place for the model.
class FilesTest {
    private static final ModelFiles LACKS =
            ModelFiles.lacking("tiny", State.ABSENT, "/m/tiny.gguf", "no such file");
    private static final ModelFiles HAS =
            new ModelFiles("tiny", State.PRESENT, 3_000L, null, null, null, "1a");
    private static final String WORDS = "lacks /m/tiny.gguf (no such file)";

    private final ModelProfile tiny = model("tiny", 3_000L, 1);
    private final ModelProfile other = model("other", 20_000L, 1);

    private Scenario fleet(String... nodes) {
        Scenario fleet = new Scenario(3, List.of(tiny, other), nodes);
        for (String node : nodes) {
            fleet.free(node, 24_000);
        }
        return fleet;
    }

    /// A node's report with what it has of tiny's files.
    private static List<Effect> reports(Scenario fleet, String node, ModelFiles files) {
        fleet.pass(Scenario.SECOND);
        NodeReported report = fleet.reported(node, fleet.now);
        return fleet.on(
                new NodeReported(
                        node,
                        report.askedAt(),
                        report.discovery(),
                        report.health(),
                        report.models(),
                        Map.of("tiny", files)));
    }

    private static Failure refusal(List<Effect> effects) {
        assertThat(effects).hasOnlyElementsOfType(Refuse.class).hasSize(1);
        return ((Refuse) effects.getFirst()).failure();
    }

    @Test
    void theNodeThatHasItsFilesIsTheFirstToBeTried() {
        Scenario fleet = fleet("a", "b", "c");
        fleet.free("a", 4_000);
        reports(fleet, "a", LACKS);
        reports(fleet, "b", LACKS);
        reports(fleet, "c", HAS);
        for (int i = 0; i < 3; i++) {
            StartLoad load = load(fleet.ask(tiny));
            assertThat(load.node()).isEqualTo("c");
            fleet.release(grant(fleet.loaded(load.generation(), "tiny", "r" + i)));
            fleet.lists("c");
            fleet.report("c");
            fleet.report("c");
        }
        assertThat(fleet.machine.plan(tiny, 0, fleet.now).text()).contains("a: " + WORDS);
    }

    @Test
    void nobodyIsEvictedOnANodeWithoutItsFiles() {
        Scenario fleet = fleet("a");
        reports(fleet, "a", LACKS);
        fleet.release(fleet.loaded(other, "r1"));
        fleet.lists("a", entry("other", "r1", ModelStatus.LOADED, 23_000));
        fleet.free("a", 1_000).report("a");
        Failure failure = refusal(fleet.ask(tiny));
        assertThat(failure.message())
                .isEqualTo("No node can serve 'tiny' now: its files are missing.");
        assertThat(failure.detail()).isEqualTo("a: " + WORDS);
        assertThat(outcome(fleet.want(new Wish.Load(tiny, "a"))).refused()).isNotNull();
        assertThat(fleet.machine.view().replicas()).hasSize(1);
    }

    @Test
    void nothingIsMovedToANodeWithoutItsFiles() {
        Scenario fleet = fleet("a", "b");
        reports(fleet, "a", HAS);
        reports(fleet, "b", LACKS);
        fleet.release(fleet.loaded(tiny, "r1"));
        fleet.lists("a", entry("tiny", "r1", ModelStatus.LOADED, 3_000));
        fleet.report("a");
        assertThat(fleet.want(new Wish.Drain("a", false)))
                .noneMatch(effect -> effect instanceof StartLoad);
    }

    @Test
    void aFileThatAppearsMakesAPlaceAtOnceAndClearsTheFailure() {
        Scenario fleet = fleet("a", "b");
        fleet.report("a");
        fleet.report("b");
        var cause = new FailureCause(Kind.FILE_MISSING, "failed to open GGUF file");
        StartLoad first = load(fleet.ask(tiny));
        StartLoad second =
                load(fleet.on(new LoadFailed(first.generation(), "it ended", true, cause)));
        fleet.on(new LoadFailed(second.generation(), "it ended", true, cause));
        reports(fleet, "a", LACKS);
        reports(fleet, "b", LACKS);
        assertThat(refusal(fleet.ask(tiny))).isInstanceOf(Failure.NoCapacity.class);
        reports(fleet, "b", HAS);
        assertThat(fleet.machine.plan(tiny, 0, fleet.now).failedLoads())
                .extracting(failed -> failed.node())
                .containsExactly("a");
        assertThat(load(fleet.ask(tiny)).node()).isEqualTo("b");
    }

    @Test
    void aFileThatGoesTakesThePlaceAway() {
        Scenario fleet = fleet("a");
        reports(fleet, "a", HAS);
        reports(fleet, "a", LACKS);
        assertThat(refusal(fleet.ask(tiny)).detail()).contains(WORDS);
    }

    @Test
    void aNodeThatTellsNothingMayHaveThem() {
        Scenario fleet = fleet("a", "b");
        reports(fleet, "a", LACKS);
        fleet.report("b");
        assertThat(load(fleet.ask(tiny)).node()).isEqualTo("b");
        assertThat(fleet.machine.view().models()).noneMatch(m -> m.failures().everywhere());
    }

    @Test
    void aModelWhoseFilesNoNodeHasFailsEverywhereBeforeAnybodyAsks() {
        Scenario fleet = fleet("a", "b");
        reports(fleet, "a", LACKS);
        reports(fleet, "b", LACKS);
        assertThat(fleet.machine.view().models())
                .anyMatch(m -> m.id().equals("tiny") && m.failures().everywhere());
        assertThat(
                        Objects.requireNonNull(
                                        fleet.machine.view().nodes().getFirst().files("tiny"))
                                .text())
                .isEqualTo(WORDS);
        reports(fleet, "b", HAS);
        assertThat(fleet.machine.view().models()).noneMatch(m -> m.failures().everywhere());
    }

    @Test
    void aNodeWithoutItsFilesIsNotWaitedFor() {
        Scenario fleet = Scenario.patient(Scenario.SECOND.multipliedBy(60), List.of(tiny), "a");
        fleet.free("a", 24_000);
        reports(fleet, "a", LACKS);
        fleet.lose("a");
        assertThat(refusal(fleet.ask(tiny)).detail()).contains(WORDS);
    }

    @Test
    void whoWasToDrainForItStays() {
        Scenario fleet =
                new Scenario(
                        Scenario.turns(Duration.ZERO, Duration.ZERO), 3, List.of(tiny, other), "a");
        fleet.free("a", 24_000);
        reports(fleet, "a", HAS);
        Effect.Grant busy = fleet.loaded(other, "r1");
        fleet.lists("a", entry("other", "r1", ModelStatus.LOADED, 23_000, 1));
        fleet.free("a", 1_000).report("a");
        fleet.ask(tiny);
        assertThat(fleet.machine.view().replicas().getFirst().state().leaving()).isNotNull();
        reports(fleet, "a", LACKS);
        assertThat(fleet.machine.view().replicas().getFirst().state().leaving()).isNull();
        assertThat(fleet.release(busy)).isEmpty();
    }

    private static ModelFiles downloads(long freeMb) {
        return new ModelFiles("tiny", State.DOWNLOADABLE, null, freeMb, "hf:o/tiny", "no", null);
    }

    @Test
    void aNodeThatHasTheFilesComesBeforeOneThatDownloadsThem() {
        Scenario fleet = fleet("a", "b");
        fleet.report("b");
        fleet.release(fleet.loaded(other, "r1"));
        fleet.lists("b", entry("other", "r1", ModelStatus.LOADED, 23_000));
        fleet.free("b", 1_000);
        reports(fleet, "a", downloads(90_000));
        reports(fleet, "b", HAS);
        fleet.report("b");
        List<Effect> effects = fleet.ask(tiny);
        assertThat(Scenario.unload(effects).node()).as("rather than a download").isEqualTo("b");

        StartLoad load = load(fleet.want(new Wish.Drain("b", true)));
        assertThat(load.node()).isEqualTo("a");
        assertThat(fleet.takeDecisions().toString()).contains("downloads hf:o/tiny first");
    }

    @Test
    void nothingIsDownloadedToADiskWithoutRoom() {
        Scenario fleet = fleet("a");
        reports(fleet, "a", downloads(2_000));
        assertThat(refusal(fleet.ask(tiny)).detail())
                .isEqualTo(
                        "a: does not have its files, and its disk has no room to download 3000 MiB"
                                + " (vram_mb): 2000 MiB free");
        reports(fleet, "a", downloads(3_000));
        assertThat(load(fleet.ask(tiny)).node()).isEqualTo("a");
    }

    @Test
    void aSecondReplicaMayBeDownloaded() {
        ModelProfile twice = model("tiny", 3_000L, new ModelProfile.Residency(0, null, 2, 2));
        Scenario fleet = new Scenario(3, List.of(twice), "a", "b");
        fleet.free("a", 24_000).free("b", 24_000);
        reports(fleet, "a", HAS);
        reports(fleet, "b", downloads(90_000));
        fleet.release(fleet.loaded(twice, "r1"));
        fleet.lists("a", entry("tiny", "r1", ModelStatus.LOADED, 3_000));
        fleet.report("a");
        assertThat(load(fleet.tick()).node()).isEqualTo("b");
    }

    @Test
    void theSameReportAgainChangesNothing() {
        Scenario fleet = fleet("a");
        reports(fleet, "a", LACKS);
        fleet.report("a");
        assertThat(refusal(fleet.ask(tiny)).detail()).contains(WORDS);
    }
}
