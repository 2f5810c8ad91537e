package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.entry;
import static cortex.gateway.fleet.machine.Scenario.load;
import static cortex.gateway.fleet.machine.Scenario.model;
import static cortex.gateway.fleet.machine.Scenario.unload;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect.Refuse;
import cortex.gateway.fleet.machine.Effect.Remember;
import cortex.gateway.fleet.machine.Effect.StartLoad;
import cortex.gateway.fleet.machine.Effect.StartUnload;
import cortex.gateway.placement.Explanation;
import cortex.gateway.placement.footprint.Footprint;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What models are measured to take, and what follows from it.
class LearningTest {
    private final ModelProfile coder = model("coder", 8_000L, 1);
    private final Scenario fleet = new Scenario(8, List.of(coder), "beast");

    private static List<Footprint> remembered(List<Effect> effects) {
        return effects.stream()
                .filter(Remember.class::isInstance)
                .map(Remember.class::cast)
                .map(Remember::footprint)
                .toList();
    }

    @Test
    void aSettledMeasurementReplacesTheCataloguesGuess() {
        fleet.free("beast", 24_000).report("beast");
        StartLoad load =
                fleet.ask(coder).stream()
                        .filter(StartLoad.class::isInstance)
                        .map(StartLoad.class::cast)
                        .findFirst()
                        .orElseThrow();
        fleet.lists("beast", entry("coder", "r1", ModelStatus.LOADING, 3_000));
        assertThat(remembered(fleet.free("beast", 21_000).report("beast"))).isEmpty();
        fleet.loaded(load.generation(), "coder", "r1");
        fleet.on(new FleetEvent.Released(fleet.last()));
        fleet.lists("beast", entry("coder", "r1", ModelStatus.LOADED, 12_000));
        fleet.free("beast", 12_000);
        assertThat(remembered(fleet.on(fleet.reported("beast", fleet.now - 1)))).isEmpty();
        assertThat(remembered(fleet.report("beast"))).hasSize(1);
        List<Footprint> learned = remembered(fleet.report("beast"));
        assertThat(fleet.machine.kept().footprints()).hasSize(1);
        Footprint footprint = fleet.machine.kept().footprints().getFirst();
        assertThat(footprint.mb()).isEqualTo(12_000);
        assertThat(footprint.drifted()).isTrue();
        assertThat(learned).isEmpty();
        fleet.lists("beast", entry("coder", "r1", ModelStatus.LOADED, 13_000));
        assertThat(remembered(fleet.report("beast"))).hasSize(1);
        fleet.lists("beast", entry("coder", "r1", ModelStatus.LOADED, 11_000));
        assertThat(remembered(fleet.report("beast"))).isEmpty();
        Explanation.Need need = fleet.machine.plan(coder, 0, fleet.now).load().need();
        assertThat(need.size().vramMb()).isEqualTo(13_000L);
        assertThat(need.size().measured()).isTrue();
    }

    private static ModelInfo wide(ModelStatus status, Long... each) {
        long sum = Arrays.stream(each).mapToLong(mb -> mb).sum();
        ModelInfo plain = entry("wide", "r1", status, sum);
        return new ModelInfo(
                "wide",
                "r1",
                status,
                0,
                new ModelInfo.Engine("llamacpp", "wide", 4, 4096, null, null),
                new ModelInfo.Memory(
                        List.of(0, 1), sum, List.of(each), plain.memory().peakUsedMb()),
                ModelInfo.Load.took(2.0));
    }

    @Test
    void whatEachDeviceHoldsIsTakenFromTheNodesFigures() {
        ModelProfile wide = model("wide", 16_000L, 2);
        ModelProfile late = model("late", 9_500L, 1);
        Scenario fleet = new Scenario(8, List.of(wide, late), "beast");
        fleet.free("beast", 24_000, 24_000).report("beast");
        StartLoad load = Scenario.load(fleet.ask(wide));
        assertThat(load.request().options().tensorSplit()).containsExactly(8_000.0, 8_000.0);
        fleet.loaded(load.generation(), "wide", "r1");
        fleet.on(new FleetEvent.Released(fleet.last()));
        fleet.lists("beast", wide(ModelStatus.LOADED, 11_000L, 5_000L));
        fleet.free("beast", 1_000, 1_000);
        fleet.report("beast");
        fleet.report("beast");
        Footprint footprint = fleet.machine.kept().footprints().getFirst();
        assertThat(footprint.mb()).isEqualTo(16_000);
        assertThat(footprint.uneven()).isEqualTo(3_000);
        assertThat(fleet.machine.plan(late, 0, fleet.now).load().shares().devices())
                .as("without it device 0 has 12000 and device 1 has 6000")
                .containsExactly(0);
    }

    @Test
    void aCatalogueThatWasCorrectedIsOffNoMore() {
        Footprint before = new Footprint(Footprint.Way.of(coder, 1), List.of(8_100L), 5_000L);
        fleet.machine.recall(new FleetEvent.Kept(List.of(before), FleetEvent.Wishes.NONE));
        assertThat(fleet.machine.kept().footprints())
                .singleElement()
                .matches(footprint -> !footprint.drifted());
    }

    @Test
    void anEarlierRunsMeasurementsAreUsed() {
        var before = new Footprint(Footprint.Way.of(coder, 1), List.of(15_000L), 8_000L);
        fleet.machine.recall(new FleetEvent.Kept(List.of(before), FleetEvent.Wishes.NONE));
        fleet.free("beast", 14_000).report("beast");
        assertThat(fleet.ask(coder)).noneMatch(StartLoad.class::isInstance);
        fleet.free("beast", 15_000).report("beast");
        assertThat(fleet.ask(coder)).anyMatch(StartLoad.class::isInstance);
    }

    /// What another waits for is on its way while who held it leaves, whether or not a reading has
    /// shown it as taken.
    @ParameterizedTest
    @CsvSource({"20000, false", "20000, true", ", false"})
    void nobodyIsRefusedWhileAModelNotYetMeasuredLeaves(@Nullable Long vramMb, boolean found) {
        ModelProfile leaver = model("leaver", vramMb, 1);
        ModelProfile other = model("other", 22_000L, 1);
        Scenario card = new Scenario(3, List.of(leaver, other), "beast");
        if (found) {
            card.lists("beast", entry("leaver", "r1", ModelStatus.LOADED, 20_000));
            List<Effect> adopted = card.free("beast", 3_500).report("beast");
            card.loaded(((Effect.Adopt) adopted.getFirst()).generation(), "leaver", "r1");
        } else {
            card.free("beast", 23_500).report("beast");
            card.release(card.loaded(leaver, "r1"));
        }
        StartUnload unload = unload(card.ask(other));
        assertThat(card.ask(other)).isEmpty();
        assertThat(card.tick()).isEmpty();
        assertThat(card.on(new FleetEvent.UnloadDone(unload.generation())))
                .noneMatch(Refuse.class::isInstance);
        card.lists("beast");
        card.free("beast", 23_500);
        assertThat(load(card.report("beast")).request().modelId()).isEqualTo("other");
    }
}
