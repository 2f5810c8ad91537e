package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.entry;
import static cortex.gateway.fleet.machine.Scenario.grant;
import static cortex.gateway.fleet.machine.Scenario.load;
import static cortex.gateway.fleet.machine.Scenario.model;
import static cortex.gateway.fleet.machine.Scenario.unload;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Residency;
import cortex.core.node.HarnessHealth;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect.Grant;
import cortex.gateway.fleet.machine.Effect.RestartHarness;
import cortex.gateway.fleet.rules.UnloadReason.Cause;
import cortex.gateway.placement.Explanation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// What the fleet does unasked.
class HousekeepingTest {
    private static final Duration TTL = Duration.ofMinutes(5);

    private final ModelProfile brief = model("brief", 10_000L, new Residency(0, TTL, 0, 1));
    private final ModelProfile twice = model("twice", 10_000L, new Residency(0, null, 0, 2));
    private final ModelProfile always = model("always", 10_000L, new Residency(0, null, 1, 1));
    private final Scenario fleet =
            new Scenario(
                    Scenario.turns(Duration.ofSeconds(10), Duration.ofSeconds(30)),
                    10,
                    List.of(brief, twice),
                    "beast",
                    "mini");

    private void settled(ModelProfile model, String replica) {
        fleet.lists("beast", entry(model.id(), replica, ModelStatus.LOADED, 10_000));
        fleet.free("beast", 14_000);
        fleet.report("beast");
        fleet.report("beast");
    }

    @Test
    void anIdleModelLeavesAfterItsTtlCountedFromTheEndOfItsLastRequest() {
        fleet.free("beast", 24_000).report("beast");
        Grant grant = fleet.loaded(brief, "r1");
        settled(brief, "r1");
        fleet.pass(TTL.plusSeconds(1));
        assertThat(fleet.tick()).as("in use").isEmpty();
        fleet.release(grant);
        fleet.pass(TTL.minusSeconds(1));
        assertThat(fleet.tick()).isEmpty();
        fleet.pass(Duration.ofSeconds(2));
        assertThat(unload(fleet.tick()).why().cause()).isEqualTo(Cause.TTL);
    }

    @Test
    void aModelThatIsAlwaysWantedIsLoadedUnaskedWhereThereIsRoom() {
        Scenario fleet = new Scenario(3, List.of(always), "beast");
        fleet.free("beast", 8_000).report("beast");
        assertThat(fleet.tick()).isEmpty();
        fleet.pass(Duration.ofSeconds(3));
        fleet.free("beast", 24_000).report("beast");
        assertThat(load(fleet.tick()).request().modelId()).isEqualTo("always");
        assertThat(fleet.tick()).isEmpty();
    }

    @Test
    void requestsThatKeepQueueingBringAnotherReplicaAndShareBoth() {
        fleet.free("beast", 24_000).report("beast");
        fleet.free("mini", 24_000).report("mini");
        List<Effect> cold = fleet.ask(twice);
        fleet.loaded(load(cold).generation(), "twice", "r1");
        settled(twice, "r1");
        for (int i = 0; i < 5; i++) {
            fleet.ask(twice);
        }
        assertThat(fleet.machine.view().waiting("twice")).isEqualTo(2);
        assertThat(fleet.tick()).isEmpty();
        fleet.pass(Duration.ofSeconds(11));
        var second = load(fleet.tick());
        assertThat(second.node()).isEqualTo("mini");
        List<Effect> granted = fleet.loaded(second.generation(), "twice", "r2");
        assertThat(granted).hasSize(2).allMatch(e -> e instanceof Grant g && !g.cold());
        assertThat(grant(fleet.ask(twice)).target().node())
                .as("two of four slots are busy there, all of them here")
                .isEqualTo("mini");
    }

    @Test
    void oneOfTwoReplicasMakesRoomThoughItWasUsedLastAndTheLastOneDoesNot() {
        ModelProfile other = model("other", 12_000L, 1);
        ModelProfile late = model("late", 9_000L, 1);
        Scenario fleet = new Scenario(9, List.of(twice, other, late), "beast", "mini");
        fleet.free("beast", 24_000).report("beast");
        fleet.free("mini", 24_000).report("mini");
        fleet.release(fleet.loaded(other, "o"));
        var elsewhere = new FleetEvent.Wish.Load(twice, "mini");
        fleet.loaded(load(fleet.want(elsewhere)).generation(), "twice", "r2");
        var here = new FleetEvent.Wish.Load(twice, "beast");
        fleet.loaded(load(fleet.want(here)).generation(), "twice", "r1");
        fleet.lists(
                "beast",
                entry("other", "o", ModelStatus.LOADED, 12_000),
                entry("twice", "r1", ModelStatus.LOADED, 10_000));
        fleet.lists("mini", entry("twice", "r2", ModelStatus.LOADED, 10_000));
        fleet.free("beast", 2_000);
        fleet.free("mini", 5_000);
        for (String node : List.of("beast", "mini", "beast", "mini")) {
            fleet.report(node);
        }
        fleet.release(grant(fleet.ask(twice)));
        var first = unload(fleet.ask(late));
        assertThat(first.model()).isEqualTo("twice");
        var rest = fleet.machine.plan(model("again", 12_000L, 1), 0, fleet.now).load();
        assertThat(rest.nodes())
                .flatExtracting(Explanation.NodeLine::victims)
                .extracting(Explanation.VictimLine::model)
                .as("the last replica is one like any other, and was used later")
                .startsWith("other");
    }

    @Test
    void aConversationGoesWhereItWasUnlessThatIsMuchBusier() {
        Scenario fleet = new Scenario(9, List.of(twice), "beast", "mini");
        fleet.free("beast", 24_000).report("beast");
        fleet.free("mini", 24_000).report("mini");
        fleet.loaded(twice, "r1");
        var wish = new FleetEvent.Wish.Load(twice, "mini");
        fleet.loaded(load(fleet.want(wish)).generation(), "twice", "r2");
        var talk = new FleetEvent.Caller("ann", 77);
        assertThat(grant(fleet.ask(twice, talk)).target().node()).isEqualTo("mini");
        assertThat(grant(fleet.ask(twice, talk)).target().node())
                .as("mini has 1 more than beast, within half of 4")
                .isEqualTo("mini");
        Set<String> nodes = new TreeSet<>();
        for (int i = 0; i < 4; i++) {
            nodes.add(grant(fleet.ask(twice, talk)).target().node());
        }
        assertThat(nodes).containsExactly("beast", "mini");
    }

    @Test
    void aRequestThatFailedGoesToAnotherReplicaWhileThereIsOne() {
        Scenario fleet = new Scenario(9, List.of(twice), "beast", "mini");
        fleet.free("beast", 24_000).report("beast");
        fleet.free("mini", 24_000).report("mini");
        Grant first = fleet.loaded(twice, "r1");
        long generation = first.target().generation();
        var again = new FleetEvent.Caller("ann", 0).avoiding(generation);
        assertThat(grant(fleet.ask(twice, again)).target().node())
                .as("there is no other")
                .isEqualTo("beast");
        var wish = new FleetEvent.Wish.Load(twice, "mini");
        fleet.loaded(load(fleet.want(wish)).generation(), "twice", "r2");
        for (int i = 0; i < 4; i++) {
            assertThat(grant(fleet.ask(twice, again)).target().node()).isEqualTo("mini");
        }
        fleet.on(new FleetEvent.EngineFailed(generation, "500"));
        assertThat(grant(fleet.ask(twice)).target().node()).as("still asked").isEqualTo("beast");
    }

    private void cycles(int cycles) {
        fleet.harnesses = List.of(new HarnessHealth("llamacpp", cycles, true, 0, null));
    }

    @Test
    void aHarnessIsRestartedAfterManyCyclesInAPauseWithoutRequests() {
        fleet.free("beast", 24_000).report("beast");
        Grant grant = fleet.loaded(brief, "r1");
        settled(brief, "r1");
        cycles(2);
        fleet.report("beast");
        assertThat(fleet.tick()).as("in use").isEmpty();
        fleet.release(grant);
        assertThat(fleet.tick()).as("in use a moment ago").isEmpty();
        fleet.pass(Duration.ofSeconds(11));
        List<Effect> effects = fleet.tick();
        assertThat(effects).singleElement().isInstanceOf(RestartHarness.class);
        RestartHarness restart = (RestartHarness) effects.getFirst();
        assertThat(restart.harness()).isEqualTo("llamacpp");
        assertThat(fleet.ask(brief)).as("waits for the harness").isEmpty();
        fleet.lists("beast");
        fleet.free("beast", 24_000);
        cycles(0);
        fleet.on(new FleetEvent.HarnessRestarted("beast", restart.generation()));
        assertThat(load(fleet.report("beast")).request().modelId()).isEqualTo("brief");
    }

    @Test
    void aHarnessThatIsBusyElsewhereServesOn() {
        fleet.free("beast", 24_000).report("beast");
        fleet.release(fleet.loaded(brief, "r1"));
        settled(brief, "r1");
        cycles(2);
        fleet.pass(Duration.ofSeconds(11));
        fleet.report("beast");
        List<Effect> effects = new ArrayList<>(fleet.tick());
        RestartHarness restart = (RestartHarness) effects.getFirst();
        assertThat(fleet.ask(brief)).isEmpty();
        long generation = restart.generation();
        assertThat(
                        grant(
                                        fleet.on(
                                                new FleetEvent.HarnessNotRestarted(
                                                        "beast", generation, "1 in flight", true)))
                                .request())
                .isEqualTo(fleet.last());
        fleet.pass(Duration.ofSeconds(11));
        assertThat(fleet.tick()).as("not again so soon").isEmpty();
    }
}
