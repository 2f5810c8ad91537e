package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.entry;
import static cortex.gateway.fleet.machine.Scenario.grant;
import static cortex.gateway.fleet.machine.Scenario.load;
import static cortex.gateway.fleet.machine.Scenario.model;
import static cortex.gateway.fleet.machine.Scenario.unload;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Residency;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect.Grant;
import cortex.gateway.fleet.machine.Effect.StartUnload;
import cortex.gateway.fleet.rules.UnloadReason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Models that need the same card.
class TurnsTest {
    private static final Duration LEAST = Duration.ofSeconds(10);
    private static final Duration EXTRA = Duration.ofSeconds(30);

    private final ModelProfile a = model("a", 19_000L, 1);
    private final ModelProfile b = model("b", 18_000L, 1);
    private final Scenario fleet =
            new Scenario(Scenario.turns(LEAST, EXTRA), 10, List.of(a, b), "beast");

    private Grant loadA() {
        fleet.free("beast", 24_000).report("beast");
        Grant grant = fleet.loaded(a, "ra");
        fleet.lists("beast", entry("a", "ra", ModelStatus.LOADED, 19_000, 1));
        fleet.free("beast", 5_000);
        fleet.report("beast");
        fleet.report("beast");
        return grant;
    }

    private void gone(StartUnload unload) {
        fleet.lists("beast");
        fleet.free("beast", 24_000);
        assertThat(fleet.on(new FleetEvent.UnloadDone(unload.generation()))).isEmpty();
    }

    /// What is free of the card would do for a small one; the one before it gets the whole card.
    @Test
    void aModelOfUnknownSizeKeepsTheWholeCardItWaitsFor() {
        ModelProfile unknown = model("unknown", null, 1);
        ModelProfile small = model("small", 3_000L, 1);
        Grant grant = loadA();
        fleet.pass(LEAST);
        fleet.release(grant);
        fleet.lists("beast", entry("a", "ra", ModelStatus.LOADED, 19_000));
        fleet.report("beast");
        StartUnload unload = unload(fleet.ask(unknown));
        assertThat(fleet.ask(small)).isEmpty();
        gone(unload);
        assertThat(load(fleet.report("beast")).request().modelId()).isEqualTo("unknown");
    }

    @Test
    void aModelThatWasJustLoadedStaysForAWhileThoughItIsIdle() {
        Grant grant = loadA();
        fleet.release(grant);
        assertThat(fleet.ask(b)).isEmpty();
        fleet.pass(Duration.ofSeconds(5));
        assertThat(fleet.tick()).isEmpty();
        fleet.pass(LEAST);
        assertThat(unload(fleet.tick()).why()).isEqualTo(UnloadReason.roomFor("b"));
    }

    @Test
    void aBusyModelIsServedOnUntilAnotherHasWaitedLongEnoughThenDrains() {
        Grant first = loadA();
        fleet.ask(b);
        fleet.pass(EXTRA.minusSeconds(2));
        assertThat(fleet.tick()).isEmpty();
        Grant second = grant(fleet.ask(a));
        fleet.pass(Duration.ofSeconds(3));
        fleet.tick();
        assertThat(fleet.ask(a)).as("a drains").isEmpty();
        long waits = fleet.last();
        assertThat(fleet.release(first)).isEmpty();
        StartUnload unload = unload(fleet.release(second));
        assertThat(unload.model()).isEqualTo("a");
        gone(unload);
        var loadB = load(fleet.report("beast"));
        assertThat(loadB.request().modelId()).isEqualTo("b");
        Grant granted = grant(fleet.loaded(loadB.generation(), "b", "rb"));
        fleet.lists("beast", entry("b", "rb", ModelStatus.LOADED, 18_000, 1));
        fleet.free("beast", 6_000);
        fleet.report("beast");
        fleet.report("beast");
        assertThat(fleet.release(granted)).as("b was only just loaded").isEmpty();
        fleet.pass(LEAST);
        StartUnload back = unload(fleet.tick());
        assertThat(back.model()).as("b is idle, and a's request waits").isEqualTo("b");
        gone(back);
        var loadA = load(fleet.report("beast"));
        assertThat(grant(fleet.loaded(loadA.generation(), "a", "ra2")).request()).isEqualTo(waits);
    }

    @Test
    void whoDrainsStaysWhenTheOthersHaveLeft() {
        Grant first = loadA();
        fleet.ask(b);
        long waiting = fleet.last();
        fleet.pass(EXTRA.plusSeconds(1));
        fleet.tick();
        assertThat(fleet.ask(a)).isEmpty();
        long queued = fleet.last();
        assertThat(grant(fleet.on(new FleetEvent.Left(waiting))).request()).isEqualTo(queued);
        assertThat(fleet.release(first)).isEmpty();
    }

    @Test
    void aPinnedOrHigherModelDoesNotDrain() {
        ModelProfile high = model("high", 19_000L, new Residency(5, null, 0, 1));
        ModelProfile low = model("low", 18_000L, new Residency(4, null, 0, 1));
        Scenario fleet =
                new Scenario(Scenario.turns(Duration.ZERO, EXTRA), 10, List.of(high, low), "beast");
        fleet.free("beast", 24_000).report("beast");
        fleet.loaded(high, "rh");
        fleet.lists("beast", entry("high", "rh", ModelStatus.LOADED, 19_000, 1));
        fleet.free("beast", 5_000);
        fleet.report("beast");
        fleet.report("beast");
        List<Effect> refused = fleet.ask(low);
        assertThat(refused).singleElement().isInstanceOf(Effect.Refuse.class);
        assertThat(((Effect.Refuse) refused.getFirst()).failure().status()).isEqualTo(503);
        fleet.pass(EXTRA.plusSeconds(1));
        fleet.tick();
        assertThat(grant(fleet.ask(high))).isNotNull();
    }

    @Test
    void aRequestQueuesBeyondTheSlotsAndClientsTakeTurns() {
        loadA();
        var batch = new FleetEvent.Caller("batch", 0);
        for (int i = 0; i < 3; i++) {
            grant(fleet.ask(a, batch));
        }
        long lastOpen = fleet.last();
        assertThat(fleet.ask(a, batch)).isEmpty();
        long second = fleet.last();
        assertThat(fleet.ask(a, batch)).isEmpty();
        assertThat(fleet.ask(a, new FleetEvent.Caller("ann", 0))).isEmpty();
        long ann = fleet.last();
        assertThat(grant(fleet.on(new FleetEvent.Released(lastOpen))).request()).isEqualTo(second);
        Grant next = grant(fleet.on(new FleetEvent.Released(second)));
        assertThat(next.request()).isEqualTo(ann);
        assertThat(next.cold()).as("it waited, but for no load").isFalse();
    }
}
