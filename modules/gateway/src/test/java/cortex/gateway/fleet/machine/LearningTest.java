package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.entry;
import static cortex.gateway.fleet.machine.Scenario.model;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect.Remember;
import cortex.gateway.fleet.machine.Effect.StartLoad;
import cortex.gateway.placement.Explanation;
import cortex.gateway.placement.footprint.Footprint;
import java.util.List;
import org.junit.jupiter.api.Test;

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
        assertThat(fleet.machine.footprints()).hasSize(1);
        Footprint footprint = fleet.machine.footprints().getFirst();
        assertThat(footprint.mb()).isEqualTo(12_000);
        assertThat(footprint.drifted()).isTrue();
        assertThat(learned).isEmpty();
        fleet.lists("beast", entry("coder", "r1", ModelStatus.LOADED, 13_000));
        assertThat(remembered(fleet.report("beast"))).hasSize(1);
        fleet.lists("beast", entry("coder", "r1", ModelStatus.LOADED, 11_000));
        assertThat(remembered(fleet.report("beast"))).isEmpty();
        Explanation.Need need = fleet.machine.plan(coder, 0, fleet.now).load().need();
        assertThat(need.vramMb()).isEqualTo(13_000L);
        assertThat(need.measured()).isTrue();
    }

    @Test
    void anEarlierRunsMeasurementsAreUsed() {
        fleet.machine.recall(
                List.of(new Footprint(Footprint.Way.of(coder, 1), List.of(15_000L), 8_000L)));
        fleet.free("beast", 14_000).report("beast");
        assertThat(fleet.ask(coder)).noneMatch(StartLoad.class::isInstance);
        fleet.free("beast", 15_000).report("beast");
        assertThat(fleet.ask(coder)).anyMatch(StartLoad.class::isInstance);
    }
}
