package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.entry;
import static cortex.gateway.fleet.machine.Scenario.grant;
import static cortex.gateway.fleet.machine.Scenario.load;
import static cortex.gateway.fleet.machine.Scenario.model;
import static cortex.gateway.fleet.machine.Scenario.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect.Grant;
import cortex.gateway.fleet.machine.Effect.Refuse;
import cortex.gateway.fleet.machine.Effect.StartLoad;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.fleet.view.Progress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Nodes that are away for a moment: a neuron that is restarted, a network that hiccups.
class AwayTest {
    private static final Duration GRACE = Duration.ofSeconds(15);

    private final ModelProfile coder = model("coder", 19_000L, 1);
    private final ModelProfile small = model("small", 4_000L, 1);
    private final ModelProfile huge = model("huge", 90_000L, 1);
    private final Scenario fleet =
            Scenario.patient(GRACE, List.of(coder, small, huge), "beast", "mini");

    private static Failure refusal(List<Effect> effects) {
        return effects.stream()
                .filter(Refuse.class::isInstance)
                .map(effect -> ((Refuse) effect).failure())
                .reduce((_, _) -> new Failure.ShuttingDown())
                .orElseThrow(() -> new AssertionError("nobody is refused: " + effects));
    }

    /// The coder is loaded on beast, and mini holds no more than the small one.
    private Grant loaded() {
        fleet.free("mini", 5_000).report("mini");
        fleet.free("beast", 24_000).report("beast");
        Grant grant = fleet.loaded(coder, "r1");
        fleet.lists("beast", entry("coder", "r1", ModelStatus.LOADED, 19_000));
        fleet.free("beast", 5_000).report("beast");
        fleet.report("beast");
        fleet.release(grant);
        return grant;
    }

    @Test
    void whoNeedsANodeThatIsAwayForAMomentWaitsForIt() {
        Grant before = loaded();
        fleet.lose("beast");
        assertThat(fleet.ask(coder)).isEmpty();
        Progress waits = fleet.machine.progress("coder", fleet.now);
        assertThat(waits.stage()).isEqualTo(Progress.Stage.AWAY);
        assertThat(waits.node()).isEqualTo("beast");
        assertThat(fleet.machine.plan(coder, 0, fleet.now).text())
                .contains("would wait for beast.", "beast: does not answer (connection refused)");
        fleet.pass(GRACE.minusSeconds(2));
        assertThat(fleet.tick()).isEmpty();
        Grant after = grant(fleet.on(fleet.reported("beast", fleet.now)));
        assertThat(after.target()).isEqualTo(before.target());
        assertThat(after.cold()).as("it waited, but for no load").isFalse();
    }

    @Test
    void afterARestartThatLostTheModelItIsLoadedForWhoWaited() {
        loaded();
        fleet.lose("beast");
        fleet.ask(coder);
        long waits = fleet.last();
        fleet.lists("beast");
        StartLoad again = load(fleet.free("beast", 24_000).report("beast"));
        Grant after = grant(fleet.loaded(again.generation(), "coder", "r2"));
        assertThat(after.request()).isEqualTo(waits);
        assertThat(after.cold()).isTrue();
    }

    @Test
    void whenTheGraceIsOverWhoWaitedIsToldAndNobodyWaitsAnyMore() {
        loaded();
        fleet.lose("beast");
        assertThat(fleet.ask(coder)).isEmpty();
        fleet.pass(GRACE);
        Failure failure = refusal(fleet.tick());
        assertThat(failure).isInstanceOf(Failure.NoCapacity.class);
        assertThat(failure.retryAfter()).isPositive();
        assertThat(failure.told()).contains("beast: does not answer (connection refused)");
        assertThat(refusal(fleet.ask(coder))).isInstanceOf(Failure.NoCapacity.class);
    }

    @Test
    void theQueueHasItsLimitAndWhoLeavesIsForgotten() {
        loaded();
        fleet.lose("beast");
        for (int i = 0; i < 3; i++) {
            assertThat(fleet.ask(coder)).isEmpty();
        }
        assertThat(refusal(fleet.ask(coder))).isInstanceOf(Failure.Overloaded.class);
        fleet.on(new FleetEvent.Left(fleet.last() - 1));
        assertThat(fleet.ask(coder)).isEmpty();
    }

    @Test
    void nobodyWaitsForANodeThatCouldNotServeItOrIsDrainedOrWhenAnotherHasRoom() {
        fleet.free("mini", 24_000).report("mini");
        fleet.free("beast", 24_000).report("beast");
        fleet.lose("beast");
        assertThat(refusal(fleet.ask(huge)).status()).isEqualTo(404);
        assertThat(load(fleet.ask(small)).node()).isEqualTo("mini");
        fleet.free("mini", 100).report("mini");
        fleet.want(new Wish.Drain("beast", false));
        assertThat(refusal(fleet.ask(coder))).isInstanceOf(Failure.NoCapacity.class);
    }

    @Test
    void anOperatorIsToldAtOnce() {
        loaded();
        fleet.lose("beast");
        Effect.Outcome outcome = outcome(fleet.want(new Wish.Load(coder, "beast")));
        assertThat(outcome.refused()).isInstanceOf(Failure.NoCapacity.class);
    }

    @Test
    void aLoadThatDidNotReachItsNodeIsTriedAgainWhenThatIsBack() {
        fleet.free("mini", 5_000).report("mini");
        fleet.free("beast", 24_000).report("beast");
        StartLoad load = load(fleet.ask(coder));
        List<Effect> lost =
                fleet.on(new FleetEvent.LoadFailed(load.generation(), "connection refused", false));
        assertThat(lost).containsExactly(new Effect.PollNow("beast"));
        assertThat(fleet.lose("beast")).isEmpty();
        StartLoad again = load(fleet.report("beast"));
        assertThat(again.request().modelId()).isEqualTo("coder");
        assertThat(grant(fleet.loaded(again.generation(), "coder", "r1"))).isNotNull();
    }

    @Test
    void aLoadThatIsLostAgainAndAgainIsGivenUpWithTheReason() {
        fleet.free("mini", 5_000).report("mini");
        fleet.free("beast", 24_000).report("beast");
        List<Effect> effects = fleet.ask(coder);
        int loads = 0;
        while (effects.stream().noneMatch(Refuse.class::isInstance)) {
            loads++;
            assertThat(loads).as("given up at last").isLessThan(4);
            long generation = load(effects).generation();
            effects = fleet.on(new FleetEvent.LoadFailed(generation, "no answer", false));
            if (effects.stream().noneMatch(Refuse.class::isInstance)) {
                effects = fleet.report("beast");
            }
        }
        assertThat(loads).isEqualTo(2);
        assertThat(refusal(effects)).isInstanceOf(Failure.LoadFailed.class);
        assertThat(refusal(effects).told()).contains("no answer");
    }

    @Test
    void aFleetThatHasJustStartedHearsEveryNodeBeforeItLoads() {
        fleet.free("beast", 24_000).report("beast");
        assertThat(fleet.ask(small)).as("mini may have it").isEmpty();
        fleet.lists("mini", entry("small", "r9", ModelStatus.LOADED, 4_000));
        List<Effect> heard = fleet.free("mini", 20_000).report("mini");
        assertThat(heard)
                .as("nothing is loaded a second time")
                .hasOnlyElementsOfTypes(Effect.Adopt.class);
        fleet.ask(coder);
        assertThat(fleet.machine.view().waiting("small")).isEqualTo(1);
    }

    @Test
    void aNodeThatDoesNotAnswerAtTheStartHoldsNobodyUpThatAnotherCanServe() {
        fleet.free("beast", 24_000).report("beast");
        assertThat(fleet.ask(small)).isEmpty();
        assertThat(load(fleet.on(new FleetEvent.NodeMissed("mini", "no route"))).node())
                .isEqualTo("beast");
    }

    @Test
    void nobodyWaitsForANodeThatDoesNotLetThisGatewayIn() {
        fleet.free("mini", 5_000).report("mini");
        assertThat(fleet.ask(coder)).as("beast has not been heard of").isEmpty();
        String said = "refuses this gateway: The key is not one of keys";
        Failure refused = refusal(fleet.on(new FleetEvent.NodeMissed("beast", said, false, true)));
        assertThat(refused.message()).doesNotContain("not one of keys");
        assertThat(refused.told())
                .contains("beast: its key, certificate or TLS does not match this gateway's")
                .contains(said)
                .doesNotContain("has not answered yet");
        assertThat(refusal(fleet.ask(coder)).status()).isEqualTo(503);
        fleet.free("beast", 24_000).report("beast");
        assertThat(load(fleet.ask(coder)).node()).isEqualTo("beast");
    }

    @Test
    void whoWaitsForANodeThatComesBackWithOtherKeysIsToldAtOnce() {
        loaded();
        fleet.lose("beast");
        assertThat(fleet.ask(coder)).isEmpty();
        var shutOut = new FleetEvent.NodeMissed("beast", "refuses this gateway", false, true);
        assertThat(refusal(fleet.on(shutOut)).told())
                .contains("beast: its key, certificate or TLS does not match this gateway's");
    }

    @Test
    void whoComesBeforeAnyNodeHasAnsweredWaitsForOneForAWhile() {
        fleet.on(new FleetEvent.NodeMissed("beast", "connection refused"));
        fleet.on(new FleetEvent.NodeMissed("mini", "connection refused"));
        assertThat(fleet.ask(coder)).isEmpty();
        fleet.pass(Duration.ofSeconds(5));
        assertThat(load(fleet.free("beast", 24_000).report("beast")).node()).isEqualTo("beast");
        fleet.pass(GRACE);
        assertThat(refusal(fleet.ask(huge)).told()).contains("mini: has not answered yet");
    }

    @Test
    void aNodeWhoseDriverDoesNotWorkIsNamedAsSuch() {
        ModelProfile model = model("coder", 12_500L, 1);
        Scenario fleet = new Scenario(3, List.of(model), "rig");
        fleet.note = "nvidia-smi says: Driver/library version mismatch.";
        fleet.free("rig", -1).report("rig");
        fleet.free("rig", -1).report("rig");
        List<Effect> effects = fleet.ask(model);
        assertThat(effects).filteredOn(StartLoad.class::isInstance).isEmpty();
        assertThat(fleet.machine.plan(model, 0, fleet.now).load().text())
                .contains("rig: cannot read its devices: nvidia-smi says: Driver/library version");
        assertThat(fleet.machine.view().nodes().getFirst().driverTrouble())
                .isEqualTo("nvidia-smi says: Driver/library version mismatch.");
    }
}
