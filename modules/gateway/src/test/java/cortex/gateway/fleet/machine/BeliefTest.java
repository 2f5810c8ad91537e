package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.entry;
import static cortex.gateway.fleet.machine.Scenario.load;
import static cortex.gateway.fleet.machine.Scenario.model;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.core.node.DeviceMemory;
import cortex.core.node.Discovery;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth;
import cortex.gateway.fleet.machine.FleetEvent.Kept;
import cortex.gateway.fleet.machine.FleetEvent.NodeReported;
import cortex.gateway.fleet.machine.FleetEvent.Wishes;
import cortex.gateway.placement.footprint.Footprint;
import cortex.gateway.placement.footprint.Footprint.Way;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What one node says of a model's memory, and what others are expected to need.
class BeliefTest {
    private final ModelProfile told = model("told", 1_000L, 1);
    private final ModelProfile untold = model("untold", null, 1);
    private final Scenario fleet = new Scenario(3, List.of(told, untold), "liar", "honest", "too");

    /// A node of one device reports that it holds a model, twice: the second is measured after it
    /// was ready.
    private void says(String node, long deviceMb, ModelInfo entry) {
        for (int i = 0; i < 3; i++) {
            fleet.pass(Scenario.SECOND);
            for (Effect effect : fleet.on(report(node, deviceMb, List.of(entry)))) {
                if (effect instanceof Effect.Adopt adopt) {
                    fleet.loaded(adopt.generation(), adopt.model(), adopt.replica());
                }
            }
        }
    }

    private NodeReported report(String node, long deviceMb, List<ModelInfo> models) {
        return new NodeReported(
                node,
                fleet.now,
                new Discovery(
                        node,
                        "linux",
                        null,
                        List.of(
                                new DeviceInfo(
                                        0,
                                        "nvidia",
                                        "card",
                                        null,
                                        deviceMb,
                                        DeviceMemory.OWN,
                                        Map.of("compute", "8.9"))),
                        List.of("llamacpp"),
                        64_000L),
                new NodeHealth(
                        1, List.of(new DeviceHealth(0, null, 20_000L, null, null)), 32_000L, null),
                models);
    }

    /// That the node says no more, and the honest one is asked for the model.
    private long expectedOnHonest(ModelProfile model) {
        for (String node : List.of("liar", "too")) {
            fleet.pass(Scenario.SECOND);
            fleet.on(report(node, 24_000, List.of()));
            fleet.lose(node);
        }
        fleet.pass(Scenario.SECOND);
        fleet.on(report("honest", 24_000, List.of()));
        Effect.StartLoad load = load(fleet.ask(model));
        assertThat(load.node()).isEqualTo("honest");
        return fleet.heldMb().getLast().getFirst();
    }

    private static ModelInfo holds(ModelProfile model, long mb) {
        return entry(model.id(), "r-" + mb, ModelStatus.LOADED, mb);
    }

    @Test
    void moreThanItsDevicesHaveIsNotBelieved() {
        says("liar", 24_000, holds(untold, 9_000_000_000L));
        assertThat(fleet.machine.kept().footprints()).isEmpty();
        assertThat(fleet.heldMb().getFirst().getFirst()).isLessThanOrEqualTo(24_000);
        says("liar", 24_000, holds(told, 24_001));
        assertThat(fleet.machine.kept().footprints()).isEmpty();
    }

    @Test
    void whatNoOtherNodeHasIsTheLiarsOwn() {
        fleet.free("honest", 20_000).report("honest");
        says("liar", 9_000_000, holds(untold, 8_000_000));
        assertThat(fleet.machine.kept().footprints())
                .extracting(f -> f.way().node())
                .containsExactly("liar");
        expectedOnHonest(untold);
    }

    @Test
    void manyTimesTheCatalogueIsTheNodesOwnUntilAnotherSaysTheLike() {
        fleet.free("honest", 20_000).report("honest");
        says("liar", 24_000, holds(told, 15_000));
        assertThat(fleet.machine.kept().footprints())
                .extracting(f -> f.way().node())
                .containsExactly("liar");
        assertThat(expectedOnHonest(told)).isEqualTo(1_000);
    }

    @Test
    void twoNodesAreBelieved() {
        fleet.free("honest", 20_000).report("honest");
        says("liar", 24_000, holds(told, 15_000));
        says("too", 24_000, holds(told, 9_000));
        assertThat(expectedOnHonest(told)).isEqualTo(9_000);
    }

    @Test
    void twiceTheCatalogueIsBelievedOfOne() {
        fleet.free("honest", 20_000).report("honest");
        says("liar", 24_000, holds(told, 2_000));
        assertThat(expectedOnHonest(told)).isEqualTo(2_000);
    }

    @Test
    void whatIsImplausibleIsNotTakenUpFromAnEarlierRun() {
        Way way = Way.of(told, 1);
        fleet.machine.recall(
                new Kept(
                        List.of(
                                new Footprint(way, List.of(9_000_000_000L), 1_000L),
                                new Footprint(Way.of(untold, 1), List.of(9_000_000_000L), null),
                                new Footprint(way.on("liar"), List.of(15_000L), 1_000L)),
                        Wishes.NONE));
        assertThat(fleet.machine.kept().footprints())
                .extracting(f -> f.way().node())
                .containsExactly("liar");
    }
}
