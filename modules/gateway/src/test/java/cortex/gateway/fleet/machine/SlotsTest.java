package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.grant;
import static cortex.gateway.fleet.machine.Scenario.model;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.fleet.machine.Effect.Grant;
import cortex.gateway.fleet.machine.FleetEvent.Caller;
import cortex.gateway.fleet.queue.HoldBack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Who gets the slots of an engine that does four requests at once.
class SlotsTest {
    private static final Duration KEEP = Duration.ofMinutes(5);
    private static final Caller BATCH = new Caller("batch", 0);
    private static final Caller ANN = new Caller("ann", 0);

    private final ModelProfile a = model("a", 10_000L, 1);
    private final Scenario fleet = fleet(KEEP);

    private Scenario fleet(Duration keep) {
        FleetMachine.Policy plain = FleetMachine.Policy.PLAIN;
        return new Scenario(
                new FleetMachine.Policy(plain.placement(), plain.eviction(), plain.routing(), keep),
                100,
                List.of(a),
                "n1");
    }

    @BeforeEach
    void load() {
        load(fleet);
    }

    private void load(Scenario some) {
        some.free("n1", 20_000).report("n1");
        some.release(some.loaded(a, "r1"));
        some.pass(KEEP);
    }

    private static List<Grant> grants(List<Effect> effects) {
        return effects.stream().filter(Grant.class::isInstance).map(Grant.class::cast).toList();
    }

    private List<Grant> ask(Caller caller, int times) {
        return ask(fleet, caller, times);
    }

    private List<Grant> ask(Scenario some, Caller caller, int times) {
        List<Grant> granted = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            granted.addAll(grants(some.ask(a, caller)));
        }
        return granted;
    }

    /// A fleet in which each client may have all slots.
    private Scenario keepingNone() {
        Scenario off = fleet(Duration.ZERO);
        load(off);
        return off;
    }

    @Test
    void whoIsAloneHasAllSlots() {
        assertThat(ask(BATCH, 6)).hasSize(4);
    }

    @Test
    void whoCameLatelyFindsASlotFree() {
        fleet.release(grant(fleet.ask(a, ANN)));
        fleet.pass(KEEP.minusSeconds(10));
        assertThat(ask(BATCH, 6)).hasSize(3);
        Grant ann = grant(fleet.ask(a, ANN));
        fleet.release(ann);
        assertThat(fleet.machine.view().waiting("a")).isEqualTo(3);
        fleet.pass(KEEP.plusSeconds(1));
        assertThat(grants(fleet.tick())).as("nobody else was there for long").hasSize(1);
    }

    @Test
    void whoWaitsGetsTheNextSlotAndOneIsKeptFromThenOn() {
        List<Grant> batch = ask(BATCH, 8);
        assertThat(batch).hasSize(4);
        assertThat(ask(ANN, 1)).isEmpty();
        long ann = fleet.last();
        assertThat(grant(fleet.release(batch.getFirst())).request()).isEqualTo(ann);
        assertThat(grants(fleet.on(new FleetEvent.Released(ann)))).isEmpty();
        assertThat(grants(fleet.release(batch.get(1)))).hasSize(1);
        assertThat(ask(ANN, 1)).hasSize(1);
    }

    @Test
    void twoClientsMayHaveAllSlotsTogether() {
        fleet.release(grant(fleet.ask(a, ANN)));
        assertThat(ask(BATCH, 4)).hasSize(3);
        assertThat(ask(ANN, 2)).hasSize(1);
    }

    @Test
    void switchedOffNoSlotIsKept() {
        Scenario off = keepingNone();
        off.release(grant(off.ask(a, ANN)));
        for (int i = 0; i < 4; i++) {
            assertThat(grants(off.ask(a, BATCH))).hasSize(1);
        }
    }

    @Test
    void aRequestForSeveralAnswersTakesAsManySlots() {
        Grant heavy = grant(fleet.ask(a, BATCH.weighing(3)));
        assertThat(ask(ANN, 2)).hasSize(1);
        assertThat(grants(fleet.release(heavy))).hasSize(1);
    }

    @Test
    void oneThatAsksForAllSlotsOrMoreLeavesOne() {
        Grant light = grant(fleet.ask(a, ANN));
        Grant heavy = grant(fleet.ask(a, BATCH.weighing(1_000)));
        assertThat(heavy.slots()).isEqualTo(3);
        fleet.release(light);
        assertThat(ask(ANN, 2)).hasSize(1);
    }

    @Test
    void whereNoSlotIsKeptOneThatAsksForMoreThanThereAreTakesAll() {
        Scenario off = keepingNone();
        Grant light = grant(off.ask(a, ANN));
        assertThat(ask(off, BATCH.weighing(1_000), 1)).isEmpty();
        long heavy = off.last();
        Grant all = grant(off.release(light));
        assertThat(all.request()).isEqualTo(heavy);
        assertThat(all.slots()).isEqualTo(4);
        assertThat(ask(off, ANN, 1)).isEmpty();
        assertThat(grants(off.on(new FleetEvent.Released(heavy)))).hasSize(1);
    }

    @Test
    void oneThatNeedsMoreSlotsThanAreFreeIsOvertakenButHoldsThemBackNowAndThen() {
        Caller dave = new Caller("dave", 0);
        Grant endless = ask(dave, 2).getFirst();
        ask(BATCH.weighing(4), 1);
        long heavy = fleet.last();
        fleet.release(grant(fleet.ask(a, ANN)));
        fleet.pass(HoldBack.PATIENCE);
        fleet.tick();
        assertThat(ask(ANN, 1)).as("slots are held back").isEmpty();
        long ann = fleet.last();
        fleet.pass(HoldBack.LONGEST);
        List<Grant> then = grants(fleet.tick());
        assertThat(then).as("but not until Dave's end").extracting(Grant::request).contains(ann);
        fleet.pass(HoldBack.PATIENCE);
        assertThat(ask(ANN, 1)).as("held back again").isEmpty();
        fleet.release(then.getFirst());
        assertThat(grant(fleet.release(endless)).request())
                .as("it is not starved")
                .isEqualTo(heavy);
    }

    @Test
    void manyThatNeedManySlotsHoldThemBackNoLongerThanOne() {
        ask(new Caller("dave", 0), 2);
        for (int i = 0; i < 20; i++) {
            fleet.ask(a, new Caller("bob" + i, 0).weighing(4));
            fleet.pass(Duration.ofSeconds(1));
        }
        fleet.pass(HoldBack.PATIENCE);
        fleet.tick();
        ask(ANN, 1);
        List<Grant> granted = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            fleet.pass(Duration.ofSeconds(1));
            granted.addAll(grants(fleet.tick()));
        }
        assertThat(granted).hasSize(1);
    }

    @Test
    void oneThatLeavesNoSlotGoesAfterOthersThatWait() {
        Scenario off = keepingNone();
        List<Grant> running = ask(off, BATCH, 4);
        Caller bob = new Caller("bob", 0);
        ask(off, bob.weighing(4), 1);
        long heavy = off.last();
        ask(off, ANN, 1);
        long light = off.last();
        List<Long> served = new ArrayList<>();
        for (Grant grant : running) {
            grants(off.release(grant)).forEach(g -> served.add(g.request()));
        }
        assertThat(served).containsExactly(light);
        assertThat(grant(off.on(new FleetEvent.Released(light))).request()).isEqualTo(heavy);
    }

    @Test
    void severalClientsThatNeedAllSlotsDoNotWaitForEachOther() {
        Grant first = grant(fleet.ask(a, ANN.weighing(4)));
        ask(BATCH.weighing(4), 1);
        ask(new Caller("carol", 0).weighing(4), 1);
        Grant second = grant(fleet.release(first));
        assertThat(grants(fleet.release(second))).hasSize(1);
    }

    /// However many addresses one has: together they leave a slot for another network.
    @Test
    void addressesOfOneNetworkLeaveASlotForOthers() {
        for (String prefix : List.of("10.0.0.%d", "2001:db8:1:%d::/64")) {
            Scenario own = fleet(KEEP);
            load(own);
            own.release(grant(own.ask(a, new Caller("192.0.2.1", 0))));
            int granted = 0;
            for (int i = 1; i <= 6; i++) {
                granted += grants(own.ask(a, new Caller(prefix.formatted(i), 0))).size();
            }
            assertThat(granted).isEqualTo(3);
            assertThat(grants(own.ask(a, new Caller("192.0.2.1", 0)))).hasSize(1);
        }
    }

    @Test
    void addressesOfOneNetworkHaveAllSlotsWhileNobodyElseIsThere() {
        int granted = 0;
        for (int i = 1; i <= 6; i++) {
            granted += grants(fleet.ask(a, new Caller("10.0.0." + i, 0))).size();
        }
        assertThat(granted).isEqualTo(4);
    }

    @Test
    void whoAskedForManyAnswersSitsTurnsOut() {
        Scenario off = keepingNone();
        Grant first = grant(off.ask(a, ANN.weighing(4)));
        ask(off, BATCH.weighing(4), 1);
        long heavy = off.last();
        ask(off, BATCH, 1);
        long again = off.last();
        ask(off, ANN, 3);
        off.pass(HoldBack.PATIENCE);
        List<Grant> next = grants(off.release(first));
        assertThat(next).extracting(Grant::request).containsExactly(heavy);
        List<Long> then =
                grants(off.on(new FleetEvent.Released(heavy))).stream()
                        .map(Grant::request)
                        .toList();
        assertThat(then).hasSize(4).last().isEqualTo(again);
    }

    /// However many addresses one has: eighty of them wait, and somebody else is next but one.
    @Test
    void addressesOfOneNetworkTakeTurnsTogether() {
        List<Grant> running = ask(BATCH, 4);
        for (int i = 1; i <= 80; i++) {
            ask(new Caller("10.0.0." + i, 0), 1);
        }
        ask(new Caller("192.0.2.1", 0), 1);
        long newcomer = fleet.last();
        List<Long> served = new ArrayList<>();
        for (Grant grant : running) {
            grants(fleet.release(grant)).forEach(g -> served.add(g.request()));
        }
        assertThat(served).hasSize(4).element(1).isEqualTo(newcomer);
    }

    @Test
    void neighboursTakeTurnsAmongThemselves() {
        List<Grant> running = ask(BATCH, 4);
        ask(new Caller("10.0.0.1", 0), 5);
        ask(new Caller("10.0.0.2", 0), 1);
        long neighbour = fleet.last();
        List<Long> served = new ArrayList<>();
        for (Grant grant : running) {
            grants(fleet.release(grant)).forEach(g -> served.add(g.request()));
        }
        assertThat(served).element(1).isEqualTo(neighbour);
    }
}
