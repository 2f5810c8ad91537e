package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.entry;
import static cortex.gateway.fleet.machine.Scenario.grant;
import static cortex.gateway.fleet.machine.Scenario.load;
import static cortex.gateway.fleet.machine.Scenario.model;
import static cortex.gateway.fleet.machine.Scenario.unload;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.node.Discovery;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth;
import cortex.gateway.fleet.machine.Effect.Grant;
import cortex.gateway.fleet.machine.Effect.Refuse;
import cortex.gateway.fleet.machine.Effect.StartLoad;
import cortex.gateway.fleet.machine.Effect.StartUnload;
import cortex.gateway.fleet.rules.UnloadReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FleetMachineTest {
    private final ModelProfile coder = model("org/coder", 19_000L, 1);
    private final ModelProfile small = model("small", 4_000L, 1);
    private final ModelProfile huge = model("huge", 90_000L, 1);
    private final ModelProfile tiny = model("tiny", 200L, 0);
    private final Scenario fleet =
            new Scenario(3, List.of(coder, small, huge, tiny), "beast", "mini");

    private static Failure refusal(List<Effect> effects) {
        assertThat(effects).singleElement().isInstanceOf(Refuse.class);
        return ((Refuse) effects.getFirst()).failure();
    }

    private Grant ready(ModelProfile model, String node, String replica) {
        List<Effect> effects = fleet.ask(model);
        assertThat(load(effects).node()).isEqualTo(node);
        return grant(fleet.loaded(load(effects).generation(), model.id(), replica));
    }

    @Test
    void beforeAnyNodeAnsweredARequestIsToldWhoIsSilent() {
        fleet.on(new FleetEvent.NodeMissed("beast", "connection refused"));
        Failure failure = refusal(fleet.ask(coder));
        assertThat(failure.status()).isEqualTo(503);
        assertThat(failure.retryAfter()).isPositive();
        assertThat(failure.message())
                .isEqualTo("No node can serve 'org/coder' now: not every node is available.");
        assertThat(failure.told())
                .contains("beast: has not answered yet (connection refused)")
                .contains("mini: has not answered yet");
    }

    @Test
    void aColdModelIsLoadedOnceForAllWhoAsk() {
        fleet.free("beast", 24_000).report("beast");
        List<Effect> first = fleet.ask(coder);
        assertThat(first).hasSize(1);
        StartLoad load = load(first);
        assertThat(load.request().devices()).containsExactly(0);
        assertThat(load.request().modelId()).isEqualTo("org/coder");
        assertThat(fleet.ask(coder)).isEmpty();
        List<Effect> done = fleet.loaded(load.generation(), "org/coder", "r1");
        assertThat(done)
                .extracting(e -> ((Grant) e).request())
                .containsExactly(fleet.last() - 1, fleet.last());
        assertThat(done).allMatch(e -> ((Grant) e).cold());
        assertThat(grant(fleet.ask(coder)).cold()).isFalse();
    }

    @Test
    void aLoadGoesOnWhenItsClientLeaves() {
        fleet.free("beast", 24_000).report("beast");
        StartLoad load = load(fleet.ask(coder));
        assertThat(fleet.on(new FleetEvent.Left(fleet.last()))).isEmpty();
        assertThat(fleet.loaded(load.generation(), "org/coder", "r1")).isEmpty();
        assertThat(grant(fleet.ask(coder)).cold()).isFalse();
    }

    @Test
    void theQueueHasALimitAndALeaverFreesItsPlace() {
        fleet.free("beast", 24_000).report("beast");
        fleet.ask(coder);
        fleet.ask(coder);
        fleet.ask(coder);
        long third = fleet.last();
        assertThat(refusal(fleet.ask(coder))).isInstanceOf(Failure.Overloaded.class);
        assertThat(refusal(fleet.ask(coder)).retryAfter()).isPositive();
        fleet.on(new FleetEvent.Left(third));
        assertThat(fleet.ask(coder)).isEmpty();
    }

    @Test
    void twoLoadsDoNotCountOnTheSameMemory() {
        fleet.free("beast", 24_000).report("beast");
        load(fleet.ask(coder));
        assertThat(fleet.ask(small)).extracting(Object::getClass).containsOnly(StartLoad.class);
        ModelProfile third = model("third", 4_000L, 1);
        assertThat(fleet.ask(third)).isEmpty();
    }

    @Test
    void unknownMemoryIsNoRoom() {
        fleet.free("beast", -1).report("beast");
        Failure failure = refusal(fleet.ask(small));
        assertThat(failure).isInstanceOf(Failure.NoCapacity.class);
        assertThat(failure.message()).contains("there is no room for it");
        assertThat(failure.told()).contains("device 0 unknown free");
    }

    @Test
    void aNodeThatCouldNotReadItsDevicesYetMayServeLater() {
        var health = new NodeHealth(1, List.of(), 32_000L, null);
        fleet.report("mini");
        var host =
                new Discovery(
                        "beast",
                        "linux",
                        null,
                        List.of(),
                        List.of("llamacpp"),
                        64_000L,
                        new Discovery.Said("/opt/nvidia-smi says: driver not loaded", null));
        fleet.on(new FleetEvent.NodeReported("beast", fleet.now, host, health, List.of()));
        Failure failure = refusal(fleet.ask(coder));
        assertThat(failure.status()).isEqualTo(503);
        assertThat(failure.told()).contains("beast: cannot read its devices: /opt/nvidia-smi says");
        assertThat(failure.message()).doesNotContain("/opt", "beast");
        assertThat(load(fleet.ask(tiny))).as("the CPU is there").isNotNull();
    }

    @Test
    void whatNoKnownNodeCanEverHoldIsNotFoundOnlyWhenAllAreKnown() {
        fleet.free("beast", 24_000).report("beast");
        assertThat(refusal(fleet.ask(huge)).status()).isEqualTo(503);
        fleet.free("mini", 24_000).report("mini");
        Failure failure = refusal(fleet.ask(huge));
        assertThat(failure.status()).isEqualTo(404);
        assertThat(failure.message())
                .isEqualTo("No node can ever serve 'huge': no node is large enough.");
        assertThat(failure.told()).contains("beast: is too small for 90000 MiB");
    }

    @Test
    void aCpuModelNeedsRamOnly() {
        fleet.report("mini");
        StartLoad load = load(fleet.ask(tiny));
        assertThat(load.node()).isEqualTo("mini");
        assertThat(load.request().devices()).isEmpty();
    }

    @Test
    void aFailedLoadIsTriedElsewhereThenToldWithTheEnginesWords() {
        fleet.free("beast", 20_000).report("beast");
        fleet.free("mini", 24_000).report("mini");
        StartLoad first = load(fleet.ask(coder));
        assertThat(first.node()).isEqualTo("beast");
        List<Effect> next =
                fleet.on(new FleetEvent.LoadFailed(first.generation(), "out of memory", true));
        assertThat(load(next).node()).isEqualTo("mini");
        List<Effect> end =
                fleet.on(
                        new FleetEvent.LoadFailed(
                                load(next).generation(), "bad magic in file", true));
        Failure failure = refusal(end);
        assertThat(failure).isInstanceOf(Failure.LoadFailed.class);
        assertThat(failure.told()).contains("out of memory");
        assertThat(failure.message()).doesNotContain("out of memory");
        assertThat(refusal(fleet.ask(coder)).retryAfter())
                .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(4));
        fleet.pass(Duration.ofSeconds(3));
        fleet.report("beast");
        assertThat(load(fleet.ask(coder)).node()).isEqualTo("beast");
    }

    @Test
    void theBackOffDoublesUpToTwoMinutes() {
        fleet.free("beast", 24_000).report("beast");
        List<Long> seconds = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            StartLoad load = load(fleet.ask(coder));
            Failure failure =
                    refusal(fleet.on(new FleetEvent.LoadFailed(load.generation(), "bad", true)));
            Duration wait = Objects.requireNonNull(failure.retryAfter());
            seconds.add(wait.toSeconds() - 1);
            fleet.pass(wait);
            fleet.report("beast");
        }
        assertThat(seconds).containsExactly(2L, 4L, 8L, 16L, 32L, 64L, 120L, 120L);
    }

    @Test
    void aLateAnswerAboutAnOldLoadIsDropped() {
        fleet.free("beast", 24_000).report("beast");
        StartLoad load = load(fleet.ask(coder));
        fleet.on(new FleetEvent.LoadFailed(load.generation(), "gone", true));
        assertThat(fleet.loaded(load.generation(), "org/coder", "r1")).isEmpty();
        assertThat(fleet.machine.view().replicas()).isEmpty();
    }

    @Test
    void anIdleModelMakesRoomWhenItsMemoryIsMeasuredBack() {
        fleet.free("beast", 24_000).report("beast");
        Grant grant = ready(coder, "beast", "r1");
        fleet.lists("beast", entry("org/coder", "r1", ModelStatus.LOADED, 19_000));
        fleet.free("beast", 5_000).report("beast");
        fleet.report("beast");
        ModelProfile other = model("other", 10_000L, 1);
        assertThat(fleet.ask(other)).as("the lease is open").isEmpty();
        List<Effect> released = fleet.on(new FleetEvent.Released(grant.request()));
        assertThat(released)
                .containsExactly(
                        new StartUnload(
                                "beast",
                                grant.target().generation(),
                                "org/coder",
                                "r1",
                                UnloadReason.roomFor("other")));
        fleet.lists("beast");
        assertThat(fleet.report("beast")).as("not before it is gone").isEmpty();
        assertThat(fleet.on(new FleetEvent.UnloadDone(grant.target().generation()))).isEmpty();
        assertThat(fleet.report("beast")).as("the driver is late").isEmpty();
        fleet.free("beast", 24_000);
        assertThat(load(fleet.report("beast")).request().modelId()).isEqualTo("other");
    }

    @Test
    void theLeastRecentlyUsedLeavesAndOnlyAsManyAsNeeded() {
        fleet.free("beast", 24_000).report("beast");
        ModelProfile[] models = {
            model("a", 7_000L, 1), model("b", 7_000L, 1), model("c", 7_000L, 1)
        };
        for (ModelProfile model : models) {
            Grant grant = ready(model, "beast", "r-" + model.id());
            fleet.on(new FleetEvent.Released(grant.request()));
        }
        fleet.lists(
                "beast",
                entry("a", "r-a", ModelStatus.LOADED, 7_000),
                entry("b", "r-b", ModelStatus.LOADED, 7_000),
                entry("c", "r-c", ModelStatus.LOADED, 7_000));
        fleet.free("beast", 3_000).report("beast");
        Grant again = grant(fleet.ask(models[0]));
        fleet.on(new FleetEvent.Released(again.request()));
        assertThat(fleet.ask(model("d", 8_000L, 1)))
                .extracting(e -> ((StartUnload) e).model())
                .containsExactly("b");
    }

    @Test
    void aPinnedModelStays() {
        ModelProfile pinned = model("pinned", 19_000L, 1, "beast");
        Scenario fleet = new Scenario(3, List.of(pinned, coder), "beast");
        fleet.free("beast", 24_000).report("beast");
        StartLoad load = load(fleet.ask(pinned));
        Grant grant = grant(fleet.loaded(load.generation(), "pinned", "r1"));
        fleet.on(new FleetEvent.Released(grant.request()));
        fleet.lists("beast", entry("pinned", "r1", ModelStatus.LOADED, 19_000));
        fleet.free("beast", 5_000).report("beast");
        fleet.report("beast");
        assertThat(refusal(fleet.ask(coder)).told()).contains("has no room");
    }

    @Test
    void aModelBusyAtTheNodeIsNotEvictedThereNorForgotten() {
        fleet.free("beast", 24_000).report("beast");
        Grant grant = ready(coder, "beast", "r1");
        fleet.on(new FleetEvent.Released(grant.request()));
        fleet.lists("beast", entry("org/coder", "r1", ModelStatus.LOADED, 19_000));
        fleet.free("beast", 5_000).report("beast");
        fleet.report("beast");
        StartUnload unload = (StartUnload) fleet.ask(model("other", 10_000L, 1)).getFirst();
        assertThat(fleet.on(new FleetEvent.UnloadFailed(unload.generation(), "1 in flight", true)))
                .as("it waits for the other gateway's request to end")
                .isEmpty();
        assertThat(grant(fleet.ask(coder)).target().generation()).isEqualTo(unload.generation());
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILED", "UNLOADED"})
    void anUnloadIsOverWhenTheEngineIsThoughTheAnswerIsLost(ModelStatus listed) {
        fleet.free("beast", 24_000).report("beast");
        fleet.on(new FleetEvent.Released(ready(coder, "beast", "r1").request()));
        fleet.lists("beast", entry("org/coder", "r1", ModelStatus.LOADED, 19_000));
        fleet.free("beast", 5_000).report("beast");
        fleet.report("beast");
        StartUnload unload = unload(fleet.ask(model("other", 10_000L, 1)));
        fleet.on(new FleetEvent.Left(fleet.last()));
        fleet.lists("beast", entry("org/coder", "r1", ModelStatus.UNLOADING, 19_000));
        fleet.report("beast");
        assertThat(fleet.ask(coder)).as("it is being unloaded there").noneMatch(isLoad());
        fleet.lists("beast", entry("org/coder", "r1", listed, 0));
        fleet.free("beast", 24_000);
        List<Effect> effects = new ArrayList<>(fleet.report("beast"));
        effects.addAll(fleet.report("beast"));
        assertThat(load(effects).generation()).isGreaterThan(unload.generation());
        assertThat(fleet.on(new FleetEvent.UnloadFailed(unload.generation(), "no answer", false)))
                .as("known long since")
                .isEmpty();
    }

    private static Predicate<Effect> isLoad() {
        return StartLoad.class::isInstance;
    }

    @Test
    void aReplicaWhoseEngineFailedIsNotUsedBeforeItsNodeConfirmsIt() {
        fleet.free("beast", 24_000).report("beast");
        Grant grant = ready(coder, "beast", "r1");
        fleet.lists("beast", entry("org/coder", "r1", ModelStatus.LOADED, 19_000));
        long generation = grant.target().generation();
        assertThat(fleet.on(new FleetEvent.EngineGone(generation, "refused")))
                .containsExactly(new Effect.PollNow("beast"));
        assertThat(fleet.ask(coder)).isEmpty();
        FleetEvent tooEarly = fleet.reported("beast", fleet.now);
        assertThat(fleet.on(tooEarly))
                .as("the neuron may not know yet")
                .allMatch(Effect.Remember.class::isInstance);
        assertThat(grant(fleet.report("beast")).target().generation()).isEqualTo(generation);
        fleet.on(new FleetEvent.EngineGone(generation, "refused"));
        fleet.lists("beast");
        fleet.ask(coder);
        assertThat(load(fleet.report("beast")).generation()).isGreaterThan(generation);
    }

    @Test
    void modelsFoundOnANodeAreAdoptedAndVanishWithIt() {
        fleet.lists("beast", entry("org/coder", "r9", ModelStatus.LOADED, 19_000));
        fleet.free("beast", 5_000);
        List<Effect> effects = fleet.report("beast");
        assertThat(effects)
                .first(InstanceOfAssertFactories.type(Effect.Adopt.class))
                .matches(a -> a.replica().equals("r9") && a.model().equals("org/coder"));
        long generation = ((Effect.Adopt) effects.getFirst()).generation();
        assertThat(fleet.report("beast")).as("adopted once").isEmpty();
        fleet.loaded(generation, "org/coder", "r9");
        Grant grant = grant(fleet.ask(coder));
        fleet.on(new FleetEvent.Released(grant.request()));
        fleet.lists("beast");
        fleet.report("beast");
        assertThat(fleet.machine.view().replicas()).isEmpty();
        assertThat(fleet.machine.view().known())
                .as("what its engine told is remembered")
                .hasEntrySatisfying(
                        "org/coder", known -> assertThat(known.context()).isEqualTo(4096));
    }

    @Test
    void aReportOlderThanALoadDoesNotUndoIt() {
        fleet.free("beast", 24_000).report("beast");
        FleetEvent old = fleet.reported("beast", fleet.now);
        ready(coder, "beast", "r1");
        fleet.on(old);
        assertThat(fleet.machine.view().replicas()).hasSize(1);
    }

    @Test
    void threeMissesLoseANodeAndOneAnswerBringsItBack() {
        fleet.free("beast", 24_000).report("beast");
        fleet.lists("beast", entry("org/coder", "r1", ModelStatus.LOADED, 19_000));
        Grant grant = ready(coder, "beast", "r1");
        fleet.on(new FleetEvent.NodeMissed("beast", "timeout"));
        fleet.on(new FleetEvent.NodeMissed("beast", "timeout"));
        assertThat(grant(fleet.ask(coder)).target()).isEqualTo(grant.target());
        fleet.on(new FleetEvent.NodeMissed("beast", "timeout"));
        Failure failure = refusal(fleet.ask(coder));
        assertThat(failure).isInstanceOf(Failure.NoCapacity.class);
        assertThat(failure.message()).doesNotContain("timeout", "beast");
        assertThat(failure.told()).contains("beast: does not answer (timeout)");
        fleet.report("beast");
        assertThat(grant(fleet.ask(coder)).target()).isEqualTo(grant.target());
    }

    @Test
    void whoeverWaitsForALoadOnALostNodeIsServedElsewhere() {
        fleet.free("beast", 20_000).report("beast");
        fleet.free("mini", 24_000).report("mini");
        assertThat(load(fleet.ask(coder)).node()).isEqualTo("beast");
        fleet.on(new FleetEvent.NodeMissed("beast", "timeout"));
        fleet.on(new FleetEvent.NodeMissed("beast", "timeout"));
        List<Effect> lost = fleet.on(new FleetEvent.NodeMissed("beast", "timeout"));
        assertThat(load(lost).node()).isEqualTo("mini");
    }

    @Test
    void afterAnAnswerThatWasLostNothingIsPlacedBeforeTheNodeReports() {
        fleet.free("beast", 24_000).report("beast");
        StartLoad load = load(fleet.ask(coder));
        fleet.on(new FleetEvent.LoadFailed(load.generation(), "no answer", false));
        assertThat(fleet.ask(small)).isEmpty();
        fleet.lists("beast", entry("org/coder", "r1", ModelStatus.LOADING, -1));
        List<Effect> next = fleet.report("beast");
        assertThat(next).hasAtLeastOneElementOfType(Effect.Adopt.class);
        assertThat(load(next).request().modelId()).isEqualTo("small");
        assertThat(fleet.ask(model("third", 4_000L, 1)))
                .as("what the lost load takes is reserved")
                .isEmpty();
    }

    @Test
    void closingRefusesWhoWaitsAndWhoComes() {
        fleet.free("beast", 24_000).report("beast");
        fleet.ask(coder);
        assertThat(refusal(fleet.on(new FleetEvent.Closing())))
                .isInstanceOf(Failure.ShuttingDown.class);
        assertThat(refusal(fleet.ask(coder))).isInstanceOf(Failure.ShuttingDown.class);
    }
}
