package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.entry;
import static cortex.gateway.fleet.machine.Scenario.grant;
import static cortex.gateway.fleet.machine.Scenario.load;
import static cortex.gateway.fleet.machine.Scenario.model;
import static cortex.gateway.fleet.machine.Scenario.outcome;
import static cortex.gateway.fleet.machine.Scenario.unload;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect.Grant;
import cortex.gateway.fleet.machine.Effect.Step;
import cortex.gateway.fleet.machine.FleetEvent.Kept;
import cortex.gateway.fleet.machine.FleetEvent.WantedLoad;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.fleet.machine.FleetEvent.Wishes;
import cortex.gateway.fleet.rules.UnloadReason.Cause;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What operators want.
class OperatorWishesTest {
    private final ModelProfile coder = model("coder", 19_000L, 1);
    private final ModelProfile other = model("other", 10_000L, 1);
    private final ModelProfile huge = model("huge", 90_000L, 1);
    private final ModelProfile pinned = model("pinned", 4_000L, 1, "beast");
    private final Scenario fleet =
            new Scenario(5, List.of(coder, other, huge, pinned), "beast", "mini");

    private static List<Step> steps(List<Effect> effects) {
        return outcome(effects).changes().stream().map(Effect.Change::step).toList();
    }

    private void loadCoder() {
        fleet.free("beast", 24_000).report("beast");
        Grant grant = fleet.loaded(coder, "r1");
        fleet.release(grant);
        fleet.lists("beast", entry("coder", "r1", ModelStatus.LOADED, 19_000));
        fleet.free("beast", 5_000);
        fleet.report("beast");
        fleet.report("beast");
    }

    @Test
    void aModelIsLoadedUnaskedOnTheNodeThatIsNamed() {
        fleet.free("beast", 20_000).report("beast");
        fleet.free("mini", 24_000).report("mini");
        List<Effect> effects = fleet.want(new Wish.Load(coder, "mini"));
        assertThat(load(effects).node()).isEqualTo("mini");
        assertThat(steps(effects)).containsExactly(Step.LOADING);
        List<Effect> again = fleet.want(new Wish.Load(coder, "mini"));
        assertThat(again).singleElement().isInstanceOf(Effect.Outcome.class);
        assertThat(outcome(again).changes()).isEmpty();
        fleet.loaded(load(effects).generation(), "coder", "r1");
        assertThat(grant(fleet.ask(coder)).cold()).isFalse();
    }

    @Test
    void whatCannotBeIsRefusedWithTheReason() {
        fleet.free("beast", 20_000).report("beast");
        fleet.free("mini", 24_000).report("mini");
        var outcome = outcome(fleet.want(new Wish.Load(huge, null)));
        assertThat(Objects.requireNonNull(outcome.refused()).told()).contains("too small");
        outcome = outcome(fleet.want(new Wish.Load(coder, "nowhere")));
        assertThat(Objects.requireNonNull(outcome.refused()).message())
                .contains("no node 'nowhere'")
                .contains("beast, mini");
        assertThat(outcome(fleet.want(new Wish.Drain("nowhere", false))).refused()).isNotNull();
    }

    @Test
    void whatADrainWaitsForIsSaid() {
        loadCoder();
        Grant busy = grant(fleet.ask(coder));
        assertThat(outcome(fleet.want(new Wish.Drain("beast", false))).changes().getLast().text())
                .endsWith("it is unloaded when the request in flight has ended.");
        fleet.want(new Wish.Undrain("beast"));
        fleet.release(busy);
        for (int i = 0; i < 3; i++) {
            fleet.on(new FleetEvent.NodeMissed("beast", "connection refused"));
        }
        assertThat(outcome(fleet.want(new Wish.Drain("beast", false))).changes().getLast().text())
                .endsWith("it is unloaded when its node answers again.");
    }

    @Test
    void aLoadThatNeedsRoomMakesItOnceOthersAreIdle() {
        loadCoder();
        Grant busy = grant(fleet.ask(coder));
        List<Effect> effects = fleet.want(new Wish.Load(other, "beast"));
        assertThat(steps(effects)).containsExactly(Step.WAITING);
        assertThat(outcome(fleet.want(new Wish.Load(other, "beast"))).changes()).isEmpty();
        assertThat(unload(fleet.release(busy)).model()).isEqualTo("coder");
    }

    @Test
    void aBusyModelIsUnloadedWhenItsRequestsHaveEndedAndTakesNoMore() {
        loadCoder();
        Grant busy = grant(fleet.ask(coder));
        List<Effect> effects = fleet.want(new Wish.Unload("coder", null, false));
        assertThat(steps(effects)).containsExactly(Step.DRAINING);
        assertThat(effects).hasSize(1);
        assertThat(outcome(fleet.want(new Wish.Unload("coder", null, false))).changes()).isEmpty();
        assertThat(fleet.ask(coder)).isEmpty();
        assertThat(unload(fleet.release(busy)).why().cause()).isEqualTo(Cause.OPERATOR);
    }

    @Test
    void anIdleModelIsUnloadedAtOnceAndALoadOfItCancelsADrain() {
        loadCoder();
        List<Effect> effects = fleet.want(new Wish.Unload("coder", "beast", false));
        assertThat(unload(effects).model()).isEqualTo("coder");
        assertThat(steps(effects)).containsExactly(Step.UNLOADING);
        loadCoderAgain();
        Grant busy = grant(fleet.ask(coder));
        fleet.want(new Wish.Unload("coder", null, false));
        assertThat(steps(fleet.want(new Wish.Load(coder, null)))).containsExactly(Step.RESTORED);
        assertThat(fleet.release(busy)).isEmpty();
    }

    private void loadCoderAgain() {
        fleet.lists("beast");
        fleet.free("beast", 24_000);
        long generation = fleet.machine.view().replicas().getFirst().generation();
        fleet.on(new FleetEvent.UnloadDone(generation));
        fleet.report("beast");
        loadCoder();
    }

    @Test
    void anOperatorsPinKeepsAModelAndItsEndLetsItGo() {
        loadCoder();
        assertThat(steps(fleet.want(new Wish.Pin("coder", "beast")))).containsExactly(Step.PINNED);
        assertThat(outcome(fleet.want(new Wish.Pin("coder", "beast"))).changes()).isEmpty();
        assertThat(fleet.ask(other)).singleElement().isInstanceOf(Effect.Refuse.class);
        assertThat(steps(fleet.want(new Wish.Unpin("coder", "beast"))))
                .containsExactly(Step.UNPINNED);
        assertThat(outcome(fleet.want(new Wish.Unpin("coder", "beast"))).changes()).isEmpty();
        assertThat(unload(fleet.ask(other)).model()).isEqualTo("coder");
    }

    @Test
    void whatIsPinnedIsUnloadedOnlyByForce() {
        loadCoder();
        fleet.want(new Wish.Pin("coder", "beast"));
        List<Effect> refused = fleet.want(new Wish.Unload("coder", null, false));
        assertThat(refused).hasSize(1);
        var failure = Objects.requireNonNull(outcome(refused).refused());
        assertThat(failure.status()).isEqualTo(409);
        assertThat(failure.message())
                .contains("'coder' is pinned on 'beast'")
                .contains("cortex unpin")
                .contains("--force");
        List<Effect> forced = fleet.want(new Wish.Unload("coder", "beast", true));
        assertThat(unload(forced).model()).isEqualTo("coder");
        assertThat(fleet.want(new Wish.Unload("coder", "beast", false)))
                .as("it is leaving already")
                .hasSize(1)
                .allMatch(e -> e instanceof Effect.Outcome o && o.refused() == null);
    }

    @Test
    void aNodeWithAPinnedModelIsDrainedOnlyByForce() {
        fleet.free("beast", 24_000).report("beast");
        fleet.free("mini", 24_000).report("mini");
        var byCatalogue = new Wish.Load(pinned, "beast");
        fleet.loaded(load(fleet.want(byCatalogue)).generation(), "pinned", "p1");
        List<Effect> refused = fleet.want(new Wish.Drain("beast", false));
        assertThat(refused).hasSize(1);
        var failure = Objects.requireNonNull(outcome(refused).refused());
        assertThat(failure.message())
                .contains("'pinned' is pinned on 'beast' by pinned_on in models.toml")
                .contains("--force")
                .doesNotContain("unpin");
        assertThat(fleet.machine.view().nodes().getFirst().wishes().draining()).isFalse();
        List<Effect> forced = fleet.want(new Wish.Drain("beast", true));
        assertThat(load(forced).node()).as("made before broken").isEqualTo("mini");
        assertThat(steps(fleet.want(new Wish.Drain("beast", false)))).isEmpty();
    }

    @Test
    void whatWasWantedInAnEarlierRunIsWantedStill() {
        fleet.free("beast", 24_000).report("beast");
        fleet.free("mini", 4_000).report("mini");
        fleet.want(new Wish.Pin("coder", "mini"));
        fleet.want(new Wish.Drain("mini", false));
        Wishes kept = kept(fleet.want(new Wish.Load(other, "beast")));
        Scenario next = new Scenario(5, List.of(coder, other), "beast", "mini");
        next.machine.recall(new Kept(List.of(), kept));
        assertThat(next.machine.view().nodes().getLast().wishes().draining()).isTrue();
        assertThat(next.machine.view().nodes().getLast().wishes().pins()).containsExactly("coder");
        next.free("beast", 24_000).report("beast");
        assertThat(next.tick()).as("mini may have it already").isEmpty();
        for (int i = 0; i < 3; i++) {
            next.on(new FleetEvent.NodeMissed("mini", "no answer"));
        }
        List<Effect> again = next.tick();
        assertThat(load(again).request().modelId()).isEqualTo("other");
        assertThat(load(again).node()).isEqualTo("beast");
        List<Effect> done = next.loaded(load(again).generation(), "other", "r1");
        assertThat(kept(done).loads()).as("a wish come true").isEmpty();
        assertThat(kept(next.want(new Wish.Undrain("mini"))).drained()).isEmpty();
    }

    @Test
    void anEarlierRunsLoadWaitsUntilWhatIsThereWasMeasured() {
        var wishes = new Wishes(Map.of(), Set.of(), List.of(new WantedLoad("coder", null)));
        Scenario next = new Scenario(5, List.of(coder, other), "beast");
        next.machine.recall(new Kept(List.of(), wishes));
        next.free("beast", 14_000);
        next.lists("beast", entry("other", "o", ModelStatus.LOADED, 10_000));
        List<Effect> found = next.report("beast");
        assertThat(next.tick()).as("it is not known yet whether it is idle").isEmpty();
        var adopt = (Effect.Adopt) found.getFirst();
        List<Effect> then = new ArrayList<>(next.loaded(adopt.generation(), "other", "o"));
        then.addAll(next.report("beast"));
        then.addAll(next.report("beast"));
        then.addAll(next.tick());
        assertThat(unload(then).model()).isEqualTo("other");
    }

    @Test
    void anEarlierRunsWishesAreForgottenForWhatIsNotConfiguredAnyMore() {
        var wishes =
                new Wishes(
                        Map.of("gone", Set.of("coder"), "beast", Set.of("unknown", "coder")),
                        Set.of("gone"),
                        List.of(new WantedLoad("unknown", null), new WantedLoad("coder", "gone")));
        fleet.machine.recall(new Kept(List.of(), wishes));
        assertThat(kept(fleet.tick()))
                .isEqualTo(new Wishes(Map.of("beast", Set.of("coder")), Set.of(), List.of()));
        fleet.free("beast", 24_000).report("beast");
        fleet.free("mini", 24_000).report("mini");
        assertThat(fleet.tick()).isEmpty();
    }

    private static Wishes kept(List<Effect> effects) {
        return effects.stream()
                .filter(Effect.KeepWishes.class::isInstance)
                .map(Effect.KeepWishes.class::cast)
                .reduce((_, last) -> last)
                .orElseThrow()
                .wishes();
    }

    @Test
    void aPinOfTheCatalogueIsNotAnOperatorsToTakeAway() {
        assertThat(outcome(fleet.want(new Wish.Pin("pinned", "beast"))).changes()).isEmpty();
        var failure = outcome(fleet.want(new Wish.Unpin("pinned", "beast"))).refused();
        assertThat(Objects.requireNonNull(failure).message()).contains("pinned_on");
    }

    @Test
    void aModelMovesToAnotherNodeBeforeItLeavesTheOneThatIsDrained() {
        loadCoder();
        fleet.free("mini", 24_000).report("mini");
        List<Effect> effects = fleet.want(new Wish.Drain("beast", false));
        assertThat(load(effects).node()).isEqualTo("mini");
        assertThat(steps(effects)).containsExactly(Step.DRAINED, Step.MOVING);
        Grant meanwhile = grant(fleet.ask(coder));
        assertThat(meanwhile.target().node()).as("made before broken").isEqualTo("beast");
        fleet.loaded(load(effects).generation(), "coder", "r2");
        assertThat(grant(fleet.ask(coder)).target().node()).isEqualTo("mini");
        assertThat(fleet.tick()).isEmpty();
        assertThat(unload(fleet.release(meanwhile)).node()).isEqualTo("beast");
        assertThat(outcome(fleet.want(new Wish.Drain("beast", false))).changes()).isEmpty();
    }

    @Test
    void whatFitsNowhereElseIsUnloadedOnceIdleAndItsRequestsAreRefusedWithTheReason() {
        loadCoder();
        Grant busy = grant(fleet.ask(coder));
        fleet.free("mini", 8_000).report("mini");
        List<Effect> effects = fleet.want(new Wish.Drain("beast", false));
        assertThat(steps(effects)).containsExactly(Step.DRAINED, Step.DRAINING);
        assertThat(outcome(effects).changes().getLast().text()).contains("no other node");
        assertThat(unload(fleet.release(busy)).why().cause()).isEqualTo(Cause.NODE);
        fleet.on(new FleetEvent.UnloadDone(busy.target().generation()));
        List<Effect> refused = fleet.ask(coder);
        assertThat(((Effect.Refuse) refused.getFirst()).failure().told())
                .contains("beast: is draining");
    }

    @Test
    void anUndrainedNodeTakesPartAgain() {
        loadCoder();
        Grant busy = grant(fleet.ask(coder));
        fleet.want(new Wish.Drain("beast", false));
        assertThat(fleet.machine.view().nodes().getFirst().wishes().draining()).isTrue();
        assertThat(steps(fleet.want(new Wish.Undrain("beast"))))
                .containsExactly(Step.UNDRAINED, Step.RESTORED);
        assertThat(outcome(fleet.want(new Wish.Undrain("beast"))).changes()).isEmpty();
        assertThat(fleet.release(busy)).isEmpty();
        assertThat(grant(fleet.ask(coder)).target().node()).isEqualTo("beast");
    }
}
