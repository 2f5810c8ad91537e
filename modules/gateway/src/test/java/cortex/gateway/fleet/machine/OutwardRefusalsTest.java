package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.grant;
import static cortex.gateway.fleet.machine.Scenario.load;
import static cortex.gateway.fleet.machine.Scenario.model;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.gateway.fleet.machine.Effect.Refuse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the fleet tells those it refuses, where nodes and engines have said things that are not for
/// clients: a marker in an engine's last words, in a node's trouble, in a node's address.
class OutwardRefusalsTest {
    private static final String POISON = "hunter2";
    private static final String SAID =
            "the engine was ended by signal 6; its last words:\n/srv/hunter2/m.gguf 10.9.8.7:8081"
                    + " [{\"content\":\"my password is hunter2\"}]";
    private static final String NODE = "10.9.8.7:9090";

    private final ModelProfile coder = model("coder", 19_000L, 1);
    private final ModelProfile huge = model("huge", 90_000L, 1);
    private final Scenario fleet = new Scenario(3, List.of(coder, huge), NODE, "mini");
    private final List<Failure> refused = new ArrayList<>();

    private List<Effect> noting(List<Effect> effects) {
        effects.stream()
                .filter(Refuse.class::isInstance)
                .forEach(refuse -> refused.add(((Refuse) refuse).failure()));
        return effects;
    }

    private void assertOutward(boolean toldToOperators) {
        assertThat(refused).isNotEmpty();
        for (Failure failure : refused) {
            assertThat(failure.message())
                    .doesNotContain(POISON, "10.9.8.7", "/srv", "password", "last words");
        }
        if (toldToOperators) {
            assertThat(refused).anyMatch(failure -> failure.told().contains(POISON));
        }
        refused.clear();
    }

    @Test
    void failedLoads() {
        fleet.free(NODE, 24_000).report(NODE);
        fleet.free("mini", 100).report("mini");
        List<Effect> effects = noting(fleet.ask(coder));
        for (int i = 0; i < 4 && refused.isEmpty(); i++) {
            long generation = load(effects).generation();
            effects = noting(fleet.on(new FleetEvent.LoadFailed(generation, SAID, true)));
        }
        noting(fleet.ask(coder));
        assertOutward(true);
    }

    @Test
    void aLostEngineAndNodesInTrouble() {
        fleet.free(NODE, 24_000).report(NODE);
        fleet.free("mini", 100).report("mini");
        long generation = load(fleet.ask(coder)).generation();
        grant(fleet.loaded(generation, "coder", "r1"));
        fleet.on(new FleetEvent.EngineGone(generation, SAID));
        for (String node : List.of(NODE, "mini")) {
            for (int i = 0; i < 4; i++) {
                noting(fleet.on(new FleetEvent.NodeMissed(node, SAID)));
            }
        }
        fleet.pass(Duration.ofMinutes(5));
        noting(fleet.ask(coder));
        noting(fleet.ask(huge));
        assertOutward(true);
    }

    @Test
    void modelsThatFitNowhere() {
        fleet.free(NODE, 24_000).report(NODE);
        fleet.free("mini", 100).report("mini");
        noting(fleet.ask(huge));
        assertOutward(false);
    }
}
