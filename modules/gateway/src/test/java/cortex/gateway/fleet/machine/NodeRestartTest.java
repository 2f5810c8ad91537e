package cortex.gateway.fleet.machine;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect.Grant;
import cortex.gateway.fleet.machine.Effect.PollNow;
import cortex.gateway.fleet.machine.Effect.Refuse;
import cortex.gateway.fleet.machine.Effect.StartLoad;
import cortex.gateway.fleet.machine.FleetEvent.NodeMissed;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.fleet.view.NodeView;
import cortex.gateway.fleet.view.Progress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What becomes of requests and replicas while a neuron restarts, keeps its engines and has said
/// when it is back. A node that says nothing is waited for not at all here.
class NodeRestartTest {
    private static final ModelProfile MODEL = Scenario.model("m", 5_000L, 1);
    private static final ModelProfile OTHER = Scenario.model("other", 5_000L, 1);
    private Scenario fleet;
    private Grant stream;

    @BeforeEach
    void oneOfTwoHasTheModel() {
        fleet = Scenario.patient(Duration.ZERO, List.of(MODEL, OTHER), "a", "b");
        fleet.free("a", 24_000);
        fleet.report("a");
        stream = fleet.loaded(MODEL, "r1");
        fleet.lists("a", Scenario.entry("m", "r1", ModelStatus.LOADED, 5_000));
        fleet.free("a", 19_000).report("a");
        fleet.free("b", 24_000).report("b");
    }

    private NodeView node() {
        return fleet.machine.view().nodes().getFirst();
    }

    @Test
    void requestsWaitAndNothingIsLoadedElsewhere() {
        assertThat(fleet.restarts("a", 30).report("a")).isEmpty();
        assertThat(node().contact().healthy()).isFalse();
        assertThat(node().contact().backWithinSecs()).isEqualTo(30);
        assertThat(node().contact().problem()).isEqualTo("is restarting, back within 30 s");
        assertThat(fleet.ask(MODEL)).isEmpty();
        assertThat(fleet.lose("a")).isEmpty();
        assertThat(fleet.machine.progress("m", fleet.now))
                .isEqualTo(new Progress(Progress.Stage.AWAY, "a", null));
        fleet.pass(Duration.ofSeconds(20));
        assertThat(fleet.tick()).containsExactly(new PollNow("a"));
        assertThat(fleet.machine.plan(MODEL, 0, fleet.now).replicas().getFirst().obstacle())
                .isEqualTo("its node is restarting");

        List<Effect> back = fleet.startsAnew("a").report("a");
        assertThat(Scenario.grant(back).target().generation())
                .isEqualTo(stream.target().generation());
        assertThat(back).hasSize(1);
        assertThat(node().contact().backWithinSecs()).isNull();
        assertThat(fleet.release(stream)).isEmpty();
    }

    @Test
    void othersGoWhereThereIsRoom() {
        fleet.restarts("a", 30).report("a");
        assertThat(Scenario.load(fleet.ask(OTHER)).node()).isEqualTo("b");
    }

    @Test
    void whoIsNotBackInTimeIsGone() {
        fleet.restarts("a", 30).report("a");
        fleet.ask(MODEL);
        fleet.lose("a");
        fleet.pass(Duration.ofSeconds(31));
        assertThat(Scenario.load(fleet.tick()).node()).isEqualTo("b");
        assertThat(node().contact().backWithinSecs()).isNull();
        assertThat(node().contact().problem()).isEqualTo("is not back from its restart in time");
        fleet.on(new NodeMissed("a", "connection refused"));
        assertThat(node().contact().problem()).isEqualTo("connection refused");
    }

    /// A node is not trusted with how long it is waited for.
    @Test
    void whoGoesOnSayingThatItRestartsIsGoneAtLast() {
        fleet.restarts("a", 100_000_000).report("a");
        fleet.ask(MODEL);
        for (int i = 0; i < 3; i++) {
            fleet.pass(Duration.ofSeconds(35));
            assertThat(fleet.report("a")).isEmpty();
        }
        fleet.pass(Duration.ofSeconds(35));
        assertThat(Scenario.load(fleet.report("a")).node()).isEqualTo("b");
        assertThat(node().contact().problem()).isEqualTo("is not back from its restart in time");
    }

    @Test
    void nobodyWaitsForWhoseAddressSomebodyElseHas() {
        fleet.restarts("a", 30).report("a");
        fleet.ask(MODEL);
        List<Effect> effects = fleet.on(new NodeMissed("a", "a stranger", true, false));
        assertThat(Scenario.load(effects).node()).isEqualTo("b");
    }

    @Test
    void aNodeThatSaysNothingIsLostAsEver() {
        fleet.ask(MODEL);
        assertThat(fleet.lose("a")).filteredOn(e -> e instanceof StartLoad).isEmpty();
        assertThat(Scenario.load(fleet.ask(MODEL)).node()).isEqualTo("b");
    }

    @Test
    void whereNobodyElseCouldServeNobodyIsRefusedBeforeTheTimeIsOver() {
        fleet.on(new FleetEvent.Released(stream.request()));
        fleet.restarts("a", 30).report("a");
        fleet.lose("b");
        fleet.ask(OTHER);
        fleet.lose("a");
        assertThat(fleet.tick()).noneMatch(e -> e instanceof Refuse);
        fleet.pass(Duration.ofSeconds(31));
        assertThat(fleet.tick())
                .filteredOn(Refuse.class::isInstance)
                .extracting(e -> ((Refuse) e).failure())
                .hasOnlyElementsOfType(Failure.NoCapacity.class)
                .hasSize(1);
    }

    @Test
    void aLoadThatIsUnderWayGoesOn() {
        long generation = Scenario.load(fleet.ask(OTHER)).generation();
        fleet.lists(
                "a",
                Scenario.entry("m", "r1", ModelStatus.LOADED, 5_000),
                Scenario.entry("other", "r2", ModelStatus.LOADING, 0));
        assertThat(fleet.restarts("a", 30).report("a")).isEmpty();
        assertThat(fleet.ask(OTHER)).isEmpty();
        fleet.startsAnew("a").report("a");
        assertThat(fleet.loaded(generation, "other", "r2"))
                .filteredOn(Grant.class::isInstance)
                .hasSize(2);
    }

    @Test
    void anOperatorsLoadOfWhatIsKeptWaitsToo() {
        fleet.restarts("a", 30).report("a");
        List<Effect> effects = fleet.want(new Wish.Load(MODEL, null));
        assertThat(effects).noneMatch(e -> e instanceof StartLoad);
    }
}
