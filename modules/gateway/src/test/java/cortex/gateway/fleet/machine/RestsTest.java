package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.grant;
import static cortex.gateway.fleet.machine.Scenario.load;
import static cortex.gateway.fleet.machine.Scenario.model;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.FailedPlace.Outcome;
import cortex.core.failure.Failure;
import cortex.core.node.FailureCause;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect.Refuse;
import cortex.gateway.fleet.machine.Effect.StartLoad;
import cortex.gateway.fleet.machine.FleetEvent.LoadRefused;
import cortex.gateway.fleet.rules.Backoff;
import cortex.gateway.fleet.rules.Rest;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// That a node which does not load a model now is asked again when it says so, and that this is no
/// failed load.
class RestsTest {
    private static final String KILLED = "the engine was ended by signal 9";

    private final ModelProfile tiny = model("tiny", 3_000L, 1);

    private Scenario fleet(String... nodes) {
        Scenario fleet = new Scenario(3, List.of(tiny), nodes);
        for (String node : nodes) {
            fleet.free(node, 24_000).report(node);
        }
        return fleet;
    }

    private static LoadRefused refused(StartLoad load, Outcome how, Duration left) {
        return new LoadRefused(
                load.generation(), new Rest(how, KILLED, FailureCause.UNKNOWN, left));
    }

    private static Failure refusal(List<Effect> effects) {
        return effects.stream()
                .filter(Refuse.class::isInstance)
                .map(refuse -> ((Refuse) refuse).failure())
                .findFirst()
                .orElseThrow();
    }

    /// How a request fares whose load the node refuses.
    private Failure refusal(Scenario fleet, Outcome how, Duration left) {
        return refusal(fleet.on(refused(load(fleet.ask(tiny)), how, left)));
    }

    private static Backoff onA(Scenario fleet) {
        return Objects.requireNonNull(
                fleet.machine.view().models().getFirst().failures().byNode().get("a"));
    }

    @Test
    void whatTheNodeSaysIsWaitedForAndTold() {
        Scenario fleet = fleet("a");
        Failure failure = refusal(fleet, Outcome.DIED_SERVING, Duration.ofSeconds(32));
        assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(33));
        assertThat(failure.message())
                .isEqualTo(
                        "'tiny': the engine ended (signal 9) while it served, and is started again"
                                + " in 33 s. Try again then.");
        assertThat(failure.outcome()).isEqualTo("engine_resting");
        fleet.pass(Duration.ofSeconds(30));
        fleet.report("a");
        assertThat(refusal(fleet.ask(tiny)).retryAfter()).isLessThan(Duration.ofSeconds(3));
        fleet.pass(Duration.ofSeconds(1));
        fleet.report("a");
        assertThat(grant(fleet.loaded(load(fleet.ask(tiny)).generation(), "tiny", "r1")))
                .isNotNull();
    }

    @Test
    void refusalsAreNoFailedLoads() {
        Scenario fleet = fleet("a");
        for (int i = 0; i < 5; i++) {
            fleet.on(refused(load(fleet.ask(tiny)), Outcome.DIED_SERVING, Duration.ofSeconds(3)));
            fleet.pass(Duration.ofSeconds(3));
            fleet.report("a");
        }
        assertThat(onA(fleet).failures()).isZero();
        assertThat(fleet.machine.plan(tiny, 0, fleet.now).failedLoads()).isEmpty();
    }

    @Test
    void anotherNodeIsTriedAtOnce() {
        Scenario fleet = fleet("a", "b");
        StartLoad first = load(fleet.ask(tiny));
        StartLoad second =
                load(fleet.on(refused(first, Outcome.DIED_SERVING, Duration.ofSeconds(30))));
        assertThat(second.node()).isEqualTo("b");
    }

    @Test
    void aNodeIsNotBelievedThatItRestsForEver() {
        Scenario fleet = fleet("a");
        fleet.on(refused(load(fleet.ask(tiny)), Outcome.DIED_SERVING, Duration.ofDays(9)));
        fleet.pass(Duration.ofSeconds(121));
        fleet.report("a");
        assertThat(load(fleet.ask(tiny)).node()).isEqualTo("a");
    }

    @Test
    void aNodeThatTakesNoLoadHasNoRoom() {
        Scenario fleet = fleet("a");
        Failure failure = refusal(fleet, Outcome.REFUSED, Duration.ofSeconds(1));
        assertThat(failure).isInstanceOf(Failure.NoCapacity.class);
        assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void aRestThatTheReportTellsOfIsNotAskedAbout() {
        Scenario fleet = fleet("a");
        Effect.Grant grant = grant(fleet.loaded(load(fleet.ask(tiny)).generation(), "tiny", "r1"));
        fleet.release(grant);
        fleet.pass(Duration.ofSeconds(1));
        fleet.entries.put(
                "a",
                List.of(
                        new ModelInfo(
                                "tiny",
                                "r1",
                                ModelStatus.FAILED,
                                0,
                                new ModelInfo.Engine("llamacpp", null, null, null, null, KILLED),
                                ModelInfo.Memory.of(List.of(0), null),
                                new ModelInfo.Load(
                                        null, null, null, null, new ModelInfo.Rest(20, true)))));
        fleet.report("a");
        Failure failure = refusal(fleet.ask(tiny));
        assertThat(failure.message()).contains("signal 9", "while it served", "21 s");
        assertThat(fleet.machine.plan(tiny, 0, fleet.now).failedLoads())
                .singleElement()
                .satisfies(failed -> assertThat(failed.how()).isEqualTo("died_serving"));
    }

    @Test
    void whatLastsIsNotForgottenWhenAnothersLoadIsLost() {
        Backoff lasting =
                Backoff.failed(
                        null, "it exited", FailureCause.of(FailureCause.Kind.FILE_MISSING), 0);
        assertThat(Backoff.lost(lasting, "the node no longer knows of it", 1)).isEqualTo(lasting);
    }
}
