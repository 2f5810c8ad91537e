package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.entry;
import static cortex.gateway.fleet.machine.Scenario.grant;
import static cortex.gateway.fleet.machine.Scenario.load;
import static cortex.gateway.fleet.machine.Scenario.model;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.node.FailureCause;
import cortex.core.node.FailureCause.Kind;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect.Refuse;
import cortex.gateway.fleet.machine.Effect.StartLoad;
import cortex.gateway.fleet.machine.FleetEvent.LoadFailed;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.fleet.rules.Backoff;
import cortex.gateway.fleet.view.LiveModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What follows from loads that fail: where the model is tried next, for how long it is not, what
/// those who wait are told, and when all that is forgotten.
class FailedLoadsTest {
    private static final String MISSING = "failed to open GGUF file '/m/a' (No such file)";

    private final ModelProfile tiny = model("tiny", 3_000L, 1);
    private final ModelProfile other = model("other", 20_000L, 1);

    private static Scenario fleet(ModelProfile tiny, ModelProfile other, String... nodes) {
        Scenario fleet = new Scenario(3, List.of(tiny, other), nodes);
        for (String node : nodes) {
            fleet.free(node, 24_000).report(node);
        }
        return fleet;
    }

    private static LoadFailed failed(StartLoad load, Kind kind, String line) {
        return new LoadFailed(
                load.generation(), "the engine exited with code 1", true, cause(kind, line));
    }

    private static FailureCause cause(Kind kind, String line) {
        return new FailureCause(kind, line);
    }

    private static Failure refusal(List<Effect> effects) {
        assertThat(effects).filteredOn(Refuse.class::isInstance).hasSize(1);
        return effects.stream()
                .filter(Refuse.class::isInstance)
                .map(refuse -> ((Refuse) refuse).failure())
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, Backoff> failures(Scenario fleet, String model) {
        for (LiveModel each : fleet.machine.view().models()) {
            if (each.id().equals(model)) {
                return each.failures().byNode();
            }
        }
        throw new AssertionError("no model " + model);
    }

    @Test
    void threeWrongNodesAreNotTheEndWhileARightOneIsUntried() {
        Scenario fleet = fleet(tiny, other, "a", "b", "c", "d", "e");
        List<String> tried = new ArrayList<>();
        List<Effect> effects = fleet.ask(tiny);
        for (int i = 0; i < 4; i++) {
            StartLoad load = load(effects);
            tried.add(load.node());
            effects = fleet.on(failed(load, Kind.FILE_MISSING, MISSING));
        }
        StartLoad last = load(effects);
        tried.add(last.node());
        assertThat(tried).containsExactly("a", "b", "c", "d", "e");
        assertThat(grant(fleet.loaded(last.generation(), "tiny", "r1")).target().node())
                .isEqualTo("e");
        assertThat(fleet.machine.plan(tiny, 0, fleet.now).failedLoads()).hasSize(4);
    }

    @Test
    void aNodeThatFailsSlowlyIsTriedOnceAWait() {
        Scenario fleet = fleet(tiny, other, "a", "b");
        List<Effect> effects = fleet.ask(tiny);
        for (String node : List.of("a", "b")) {
            StartLoad load = load(effects);
            assertThat(load.node()).isEqualTo(node);
            fleet.pass(Duration.ofSeconds(30));
            effects = fleet.on(failed(load, Kind.OUT_OF_MEMORY, "out of memory on " + node));
        }
        assertThat(refusal(effects).told())
                .contains("a (30 s ago): out of memory on a", "b (0 s ago): out of memory on b");
    }

    @Test
    void thoseWhoWaitedAreToldAllReasonsAndEachOnce() {
        Scenario fleet = fleet(tiny, other, "a", "b", "c");
        List<Effect> effects = fleet.ask(tiny);
        effects = fleet.on(failed(load(effects), Kind.FILE_MISSING, MISSING));
        effects = fleet.on(failed(load(effects), Kind.ARGUMENT, "error: invalid argument: --x"));
        effects = fleet.on(failed(load(effects), Kind.FILE_MISSING, MISSING));
        Failure failure = refusal(effects);
        assertThat(failure.detail())
                .isEqualTo(
                        "a (0 s ago), c (0 s ago): "
                                + MISSING
                                + "; b (0 s ago): error: invalid argument: --x");
        assertThat(failure.message())
                .isEqualTo("The model 'tiny' could not be loaded: the engine ended (code 1).");
        assertThat(failures(fleet, "tiny")).hasSize(3);
        assertThat(fleet.machine.view().models())
                .anyMatch(model -> model.id().equals("tiny") && model.failures().everywhere());
    }

    @Test
    void whatLastsIsNotTriedAgainBeforeSomethingChanges() {
        Scenario fleet = fleet(tiny, other, "a");
        fleet.on(failed(load(fleet.ask(tiny)), Kind.FILE_MISSING, MISSING));
        fleet.pass(Duration.ofHours(3));
        fleet.report("a");
        Failure failure = refusal(fleet.ask(tiny));
        assertThat(failure).isInstanceOf(Failure.LoadFailed.class);
        assertThat(failure.detail()).isEqualTo("a (3 h ago): " + MISSING);

        fleet.startsAnew("a").report("a");
        assertThat(failures(fleet, "tiny")).isEmpty();
        fleet.on(failed(load(fleet.ask(tiny)), Kind.ARCHITECTURE, "unknown model architecture"));

        fleet.free("a", 24_000, 24_000).report("a");
        fleet.on(failed(load(fleet.ask(tiny)), Kind.DRIVER, "failed to initialize CUDA"));

        assertThat(load(fleet.want(new Wish.Load(tiny, "a"))).node()).isEqualTo("a");
    }

    @Test
    void aChangedProfileIsTriedAgain() {
        Scenario fleet = fleet(tiny, other, "a");
        fleet.on(failed(load(fleet.ask(tiny)), Kind.ARGUMENT, "error: invalid argument: --x"));
        assertThat(fleet.ask(tiny)).hasOnlyElementsOfType(Refuse.class);
        ModelProfile changed = model("tiny", 3_001L, 1);
        assertThat(load(fleet.ask(changed)).node()).isEqualTo("a");
    }

    @Test
    void aDifferentFailureStartsItsOwnBackOff() {
        Scenario fleet = fleet(tiny, other, "a");
        for (int i = 0; i < 3; i++) {
            fleet.on(failed(load(fleet.ask(tiny)), Kind.OUT_OF_MEMORY, "out of memory"));
            fleet.pass(Duration.ofMinutes(3));
            fleet.report("a");
        }
        Failure failure =
                refusal(fleet.on(failed(load(fleet.ask(tiny)), Kind.PORT_TAKEN, "port taken")));
        assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void whatWorksAgainOrStartedAnewHasNotFailed() {
        Scenario fleet = fleet(tiny, other, "a", "b");
        List<Effect> effects = fleet.on(failed(load(fleet.ask(tiny)), Kind.FILE_MISSING, MISSING));
        grant(fleet.loaded(load(effects).generation(), "tiny", "r1"));
        assertThat(failures(fleet, "tiny")).containsOnlyKeys("a");
        fleet.lists("a", entry("tiny", "r7", ModelStatus.LOADED, 3_000));
        long found =
                fleet.report("a").stream()
                        .filter(Effect.Adopt.class::isInstance)
                        .map(effect -> ((Effect.Adopt) effect).generation())
                        .findFirst()
                        .orElseThrow();
        fleet.loaded(found, "tiny", "r7");
        assertThat(failures(fleet, "tiny")).isEmpty();
    }

    @Test
    void theNodeThatFailedLastIsNotTheFirstToBeTriedAgain() {
        Scenario fleet = fleet(tiny, other, "a", "b");
        fleet.free("a", 5_000).report("a");
        StartLoad tight = load(fleet.ask(tiny));
        assertThat(tight.node()).as("the tightest fit").isEqualTo("a");
        StartLoad next = load(fleet.on(failed(tight, Kind.OTHER, "it fails")));
        assertThat(next.node()).isEqualTo("b");
        grant(fleet.loaded(next.generation(), "tiny", "r1"));
        fleet.lists("b");
        fleet.pass(Duration.ofMinutes(5));
        fleet.report("a");
        fleet.report("b");
        assertThat(load(fleet.ask(tiny)).node()).as("not a, which failed").isEqualTo("b");
    }

    @Test
    void nobodyLeavesForALoadThatWillFail() {
        Scenario fleet = fleet(tiny, other, "a");
        fleet.on(failed(load(fleet.ask(tiny)), Kind.FILE_MISSING, MISSING));
        fleet.release(fleet.loaded(other, "r1"));
        fleet.lists("a", entry("other", "r1", ModelStatus.LOADED, 23_000));
        fleet.free("a", 1_000).report("a");
        fleet.report("a");
        assertThat(fleet.ask(tiny)).hasOnlyElementsOfType(Refuse.class);
    }
}
