package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.entry;
import static cortex.gateway.fleet.machine.Scenario.load;
import static cortex.gateway.fleet.machine.Scenario.model;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect.StartLoad;
import cortex.gateway.fleet.view.Plan;
import cortex.gateway.placement.Decision.Outcome;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What would be done for a request, told without doing it.
class PlanTest {
    private final ModelProfile coder = model("coder", 19_000L, 1);
    private final ModelProfile small = model("small", 4_000L, 1);
    private final ModelProfile large = model("large", 21_000L, 1);
    private final ModelProfile huge = model("huge", 90_000L, 1);
    private final Scenario fleet =
            new Scenario(3, List.of(coder, small, large, huge), "beast", "mini");

    private Plan plan(ModelProfile model) {
        return fleet.machine.plan(model, 0, fleet.now);
    }

    @Test
    void aColdModelIsPlannedAndNotLoaded() {
        fleet.free("beast", 24_000).report("beast");
        fleet.free("mini", 8_000).report("mini");
        Plan plan = plan(coder);
        assertThat(plan.chosen()).isNull();
        assertThat(plan.load().outcome()).isEqualTo(Outcome.LOAD);
        assertThat(plan.text()).contains("beast").contains("mini").contains("8000 MiB");
        assertThat(load(fleet.ask(coder)).node()).isEqualTo("beast");
    }

    @Test
    void whatDoesNotFitSaysWhyForEachNode() {
        fleet.free("beast", 24_000).report("beast");
        fleet.free("mini", 8_000).report("mini");
        Plan plan = plan(huge);
        assertThat(plan.load().outcome()).isEqualTo(Outcome.NEVER);
        assertThat(plan.text()).contains("beast: is too small").contains("mini: is too small");
    }

    @Test
    void aLoadedModelSaysWhereAndHowBusy() {
        fleet.free("beast", 24_000).report("beast");
        StartLoad load = load(fleet.ask(small));
        assertThat(plan(small).text())
                .contains("would wait for a replica, after 1 other.")
                .contains("replica on beast: 0 in flight, takes no requests: it is being loaded");
        fleet.loaded(load.generation(), "small", "r1");
        Plan plan = plan(small);
        assertThat(plan.text()).contains("replica on beast: 1 of 4 in flight");
        fleet.ask(small);
        fleet.ask(small);
        fleet.ask(small);
        assertThat(plan(small).text())
                .contains(
                        "replica on beast: 4 of 4 in flight, takes no requests: all slots are in"
                                + " use");
        fleet.on(new FleetEvent.Released(fleet.last()));
        Plan free = plan(small);
        assertThat(Objects.requireNonNull(free.chosen()).node()).isEqualTo("beast");
        assertThat(free.text()).startsWith("small: a request would go to beast, where it is");
    }

    @Test
    void nobodyWaitsForAReplicaThatCannotBeReached() {
        fleet.free("beast", 24_000).report("beast");
        fleet.release(fleet.loaded(small, "r1"));
        for (int i = 0; i < 3; i++) {
            fleet.on(new FleetEvent.NodeMissed("beast", "connection refused"));
        }
        assertThat(plan(small).text())
                .startsWith("small cannot be served now.\n")
                .containsOnlyOnce("beast: does not answer")
                .doesNotContain("..")
                .contains("takes no requests: its node does not answer");
        assertThat(fleet.ask(small)).hasOnlyElementsOfType(Effect.Refuse.class);
    }

    /// A gateway that was just started must not take what it finds for more memory than it holds.
    @ParameterizedTest
    @ValueSource(longs = {4_000, -1})
    void whatIsFoundLoadedIsNotCountedTwiceUntilItIsMeasuredAgain(long usedMb) {
        fleet.lists("mini", entry("small", "r1", ModelStatus.LOADED, usedMb));
        List<Effect> found = fleet.free("mini", 16_000).report("mini");
        var adopt = (Effect.Adopt) found.getFirst();
        assertThat(plan(coder).load().outcome()).isEqualTo(Outcome.WAIT);
        fleet.loaded(adopt.generation(), "small", "r1");
        assertThat(plan(coder).load().outcome()).isEqualTo(Outcome.MAKE_ROOM);
        assertThat(plan(coder).text()).contains("leaves: small");
    }

    /// Its engine dies just after the load, while what it held is measured as taken.
    @Test
    void whatTheDeadHeldIsWaitedForAlsoBeforeItsLoadWasMeasured() {
        fleet.free("mini", 23_000).report("mini");
        StartLoad load = load(fleet.ask(small));
        fleet.lists("mini", entry("small", "r1", ModelStatus.LOADING, 4_000));
        fleet.free("mini", 19_000).report("mini");
        fleet.loaded(load.generation(), "small", "r1");
        fleet.lists("mini");
        fleet.report("mini");
        assertThat(plan(large).load().outcome()).isEqualTo(Outcome.WAIT);
        fleet.free("mini", 23_000).report("mini");
        assertThat(plan(large).load().outcome()).isEqualTo(Outcome.LOAD);
    }

    @Test
    void aDecisionIsToldOnceUntilItChanges() {
        fleet.free("beast", 24_000).report("beast");
        fleet.ask(coder);
        assertThat(fleet.takeDecisions())
                .singleElement()
                .satisfies(made ->
                        assertThat(made.headline())
                                .startsWith("coder: is loaded on beast")
                                .contains("; not on mini: has not answered yet"));
        fleet.ask(coder);
        fleet.report("beast");
        assertThat(fleet.takeDecisions()).isEmpty();
        fleet.ask(huge);
        assertThat(fleet.takeDecisions()).extracting(made -> made.model()).containsExactly("huge");
    }
}
