package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.entry;
import static cortex.gateway.fleet.machine.Scenario.grant;
import static cortex.gateway.fleet.machine.Scenario.load;
import static cortex.gateway.fleet.machine.Scenario.model;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Residency;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect.Grant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which replica gets no requests since too many of them failed, and for how long.
class BreakerTest {
    private final ModelProfile twice = model("twice", 10_000L, new Residency(0, null, 0, 2));
    private final Scenario fleet = new Scenario(9, List.of(twice), "beast", "mini");

    private long loaded(String node, String replica) {
        fleet.free(node, 24_000).report(node);
        var wish = new FleetEvent.Wish.Load(twice, node);
        long generation = load(fleet.want(wish)).generation();
        fleet.loaded(generation, "twice", replica);
        fleet.lists(node, entry("twice", replica, ModelStatus.LOADED, 10_000));
        fleet.free(node, 14_000);
        fleet.report(node);
        fleet.report(node);
        return generation;
    }

    private void fails(long generation, int times) {
        for (int i = 0; i < times; i++) {
            fleet.on(new FleetEvent.EngineFailed(generation, "500"));
        }
    }

    @Test
    void aReplicaThatKeepsFailingGetsOneRequestAtATimeUntilOneIsAnswered() {
        long first = loaded("beast", "r1");
        loaded("mini", "r2");
        fails(first, 3);
        fleet.report("beast");
        for (int i = 0; i < 4; i++) {
            assertThat(grant(fleet.ask(twice)).target().node()).as("open").isEqualTo("mini");
        }
        fleet.pass(Duration.ofSeconds(6));
        fleet.report("beast");
        Grant probe = grant(fleet.ask(twice));
        assertThat(probe.target().node()).as("one to see").isEqualTo("beast");
        assertThat(fleet.ask(twice)).as("and no more").noneMatch(e -> e instanceof Grant);
        assertThat(grant(fleet.release(probe)).target().node()).isEqualTo("beast");
        assertThat(grant(fleet.ask(twice)).target().node()).as("closed").isEqualTo("beast");
    }

    @Test
    void theOnlyReplicaIsNotStoppedWhileItsNodeSaysThatItsEngineIsWell() {
        long only = loaded("beast", "r1");
        fails(only, 9);
        for (int i = 0; i < 4; i++) {
            assertThat(grant(fleet.ask(twice)).target().node()).isEqualTo("beast");
        }
        fleet.on(new FleetEvent.EngineGone(only, "broke off"));
        for (int i = 0; i < 4; i++) {
            fleet.on(new FleetEvent.Released(fleet.last() - i));
        }
        assertThat(fleet.ask(twice)).as("until its node has said so").isEmpty();
        assertThat(grant(fleet.report("beast")).target().node()).isEqualTo("beast");
    }

    @Test
    void noneIsStoppedWhenAllFail() {
        long first = loaded("beast", "r1");
        long second = loaded("mini", "r2");
        fails(first, 3);
        fails(second, 3);
        fleet.report("beast");
        fleet.report("mini");
        List<String> asked = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            asked.add(grant(fleet.ask(twice)).target().node());
        }
        assertThat(asked).contains("beast", "mini");
    }

    @Test
    void aLeaseThatIsGivenBackUnusedProvesNothing() {
        long first = loaded("beast", "r1");
        loaded("mini", "r2");
        var again = new FleetEvent.Caller("ann", 0);
        for (int i = 0; i < 3; i++) {
            Grant grant = grant(fleet.ask(twice, again));
            fleet.on(new FleetEvent.EngineFailed(first, "500"));
            fleet.on(new FleetEvent.Released(grant.request(), false));
            Grant elsewhere = grant(fleet.ask(twice, again));
            fleet.on(new FleetEvent.Released(elsewhere.request(), false));
        }
        fleet.report("beast");
        for (int i = 0; i < 4; i++) {
            assertThat(grant(fleet.ask(twice)).target().node()).as("open").isEqualTo("mini");
        }
    }
}
