package cortex.gateway.placement;

import static cortex.gateway.placement.Rooms.NOW;
import static cortex.gateway.placement.Rooms.idle;
import static cortex.gateway.placement.Rooms.loadedFor;
import static cortex.gateway.placement.Rooms.model;
import static cortex.gateway.placement.Rooms.node;
import static cortex.gateway.placement.Rooms.on;
import static cortex.gateway.placement.Rooms.pinned;
import static cortex.gateway.placement.Rooms.resident;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Needs;
import cortex.gateway.config.EvictionConfig.Strategy;
import cortex.gateway.placement.Decision.Outcome;
import cortex.gateway.placement.Verdict.Victim;
import cortex.gateway.placement.eviction.EvictionPolicy;
import cortex.gateway.placement.eviction.Resident;
import cortex.gateway.placement.eviction.Resident.Use;
import cortex.gateway.placement.eviction.Traffic;
import cortex.gateway.placement.eviction.Worth;
import cortex.gateway.placement.footprint.Learned;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Who leaves, under each strategy.
class EvictionTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);

    private static Decision plan(
            Strategy strategy, ModelProfile model, Circumstances circumstances, NodeRoom... rooms) {
        return new Planner(EvictionPolicy.of(strategy)).plan(model, List.of(rooms), circumstances);
    }

    private static Decision plan(Strategy strategy, ModelProfile model, NodeRoom... rooms) {
        return plan(strategy, model, Rooms.plain(), rooms);
    }

    private static List<String> victims(Decision decision) {
        assertThat(decision.outcome()).as(decision.text()).isEqualTo(Outcome.MAKE_ROOM);
        return Objects.requireNonNull(decision.chosen()).victims().stream()
                .map(Victim::resident)
                .map(Resident::model)
                .toList();
    }

    private static ModelProfile ofClass(int priority, long mb) {
        return model("llamacpp", new Needs(mb, 1, null, null, List.of()), priority);
    }

    @Test
    void theLeastRecentlyUsedLeavesFirst() {
        NodeRoom node =
                node("a")
                        .card(24_000, 0L)
                        .holds(idle("old", 8_000, HOUR), idle("new", 8_000, MINUTE))
                        .room();
        assertThat(victims(plan(Strategy.LRU, model(6_000L, 1), node))).containsExactly("old");
        assertThat(victims(plan(Strategy.LRU, model(16_000L, 1), node)))
                .containsExactly("old", "new");
    }

    @Test
    void nobodyLeavesWhoDoesNotHelp() {
        NodeRoom node =
                node("a")
                        .card(24_000, 0L)
                        .card(24_000, 0L)
                        .holds(
                                idle("small", 2_000, HOUR.multipliedBy(5)),
                                on(idle("elsewhere", 9_000, HOUR.multipliedBy(4)), 1),
                                idle("large", 20_000, MINUTE))
                        .room();
        assertThat(victims(plan(Strategy.LRU, model(20_000L, 1), node))).containsExactly("large");
    }

    @Test
    void severalForgottenOnesLeaveBeforeOneInUse() {
        NodeRoom node =
                node("a")
                        .card(24_000, 0L)
                        .holds(
                                idle("busy often", 8_000, Duration.ofSeconds(5)),
                                idle("old1", 4_000, HOUR),
                                idle("old2", 4_000, HOUR.multipliedBy(2)))
                        .room();
        assertThat(victims(plan(Strategy.LRU, model(8_000L, 1), node)))
                .containsExactly("old2", "old1");
    }

    @Test
    void aLowerClassLeavesFirst() {
        Resident low = resident("low", 8_000, Use.IDLE, MINUTE, -1);
        Resident low2 = resident("low2", 8_000, Use.IDLE, MINUTE, -1);
        Resident equal = resident("equal", 16_000, Use.IDLE, HOUR, 0);
        NodeRoom node = node("a").card(48_000, 0L).holds(low, low2, equal).room();
        assertThat(victims(plan(Strategy.PRIORITY, ofClass(0, 8_000), node)))
                .containsExactly("low");
        assertThat(victims(plan(Strategy.PRIORITY, ofClass(0, 16_000), node)))
                .containsExactlyInAnyOrder("low", "low2");
        assertThat(victims(plan(Strategy.LRU, ofClass(0, 8_000), node))).containsExactly("equal");
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void aClassIsNeverDisplacedFromBelow(Strategy strategy) {
        Resident high = resident("high", 20_000, Use.IDLE, HOUR, 5);
        NodeRoom node = node("a").card(24_000, 0L).holds(high).room();
        Decision below = plan(strategy, ofClass(4, 10_000), node);
        assertThat(below.outcome()).isEqualTo(Outcome.NOT_NOW);
        assertThat(below.text())
                .contains("high has residency_priority 5, higher than this model's 4");
        assertThat(victims(plan(strategy, ofClass(5, 10_000), node))).containsExactly("high");
        assertThat(victims(plan(strategy, ofClass(6, 10_000), node))).containsExactly("high");
        Resident busy = resident("high", 20_000, Use.BUSY, HOUR, 5);
        NodeRoom used = node("a").card(24_000, 0L).holds(busy).room();
        assertThat(plan(strategy, ofClass(4, 10_000), used).outcome()).isEqualTo(Outcome.NOT_NOW);
        assertThat(plan(strategy, ofClass(5, 10_000), used).outcome()).isEqualTo(Outcome.WAIT);
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void aPinProtects(Strategy strategy) {
        NodeRoom node = node("a").card(24_000, 0L).holds(pinned("kept", 20_000)).room();
        Decision decision = plan(strategy, ofClass(9, 10_000), node);
        assertThat(decision.outcome()).isEqualTo(Outcome.NOT_NOW);
        assertThat(decision.text()).contains("kept is pinned");
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void whatWasJustLoadedStaysForAWhile(Strategy strategy) {
        Resident fresh = loadedFor(idle("fresh", 20_000, Duration.ofSeconds(1)), MINUTE);
        NodeRoom node = node("a").card(24_000, 0L).holds(fresh).room();
        Decision early = plan(strategy, ofClass(0, 10_000), staying(MINUTE.plusSeconds(1)), node);
        assertThat(early.outcome()).isEqualTo(Outcome.WAIT);
        assertThat(early.text()).contains("fresh was loaded less than min_residency ago");
        Decision late = plan(strategy, ofClass(0, 10_000), staying(MINUTE), node);
        assertThat(victims(late)).containsExactly("fresh");
    }

    private static Circumstances staying(Duration minResidency) {
        return new Circumstances(
                NOW, minResidency.toNanos(), Rooms::anywhere, _ -> Worth.UNKNOWN, Learned.NOTHING);
    }

    /// Uses a second of a model that is used so often.
    private static double every(Duration gap) {
        Traffic traffic = Traffic.NONE;
        for (long at = NOW - HOUR.multipliedBy(4).toNanos(); at <= NOW; at += gap.toNanos()) {
            traffic = traffic.noted(at);
        }
        return traffic.perSecond(NOW);
    }

    private static Circumstances worth(Function<String, Worth> worth) {
        return new Circumstances(NOW, 0, Rooms::anywhere, worth, Learned.NOTHING);
    }

    @Test
    void whatIsDearestToReloadStays() {
        Circumstances circumstances =
                worth(model ->
                        switch (model) {
                            case "slow" -> new Worth(60.0, every(Duration.ofMinutes(10)), 0);
                            case "quick" -> new Worth(2.0, every(Duration.ofMinutes(10)), 0);
                            case "rare" -> new Worth(60.0, every(Duration.ofMinutes(100)), 0);
                            default -> throw new IllegalArgumentException(model);
                        });
        NodeRoom node =
                node("a")
                        .card(24_000, 0L)
                        .holds(
                                idle("slow", 8_000, HOUR),
                                idle("quick", 8_000, HOUR),
                                idle("rare", 8_000, HOUR))
                        .room();
        assertThat(victims(plan(Strategy.COST, model(8_000L, 1), circumstances, node)))
                .containsExactly("quick");
        assertThat(victims(plan(Strategy.COST, model(16_000L, 1), circumstances, node)))
                .containsExactly("quick", "rare");
    }

    @Test
    void whatSomebodyIsAtWorkWithStays() {
        Circumstances circumstances =
                worth(model -> new Worth(20.0, every(Duration.ofMinutes(30)), 0));
        NodeRoom node =
                node("a")
                        .card(24_000, 0L)
                        .holds(
                                idle("at work", 8_000, Duration.ofSeconds(20)),
                                idle("left", 8_000, MINUTE.multipliedBy(10)))
                        .room();
        assertThat(victims(plan(Strategy.COST, model(8_000L, 1), circumstances, node)))
                .containsExactly("left");
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void oneOfSeveralLeavesFirst(Strategy strategy) {
        Circumstances circumstances =
                worth(model ->
                        model.equals("several")
                                ? new Worth(90.0, every(Duration.ofMinutes(2)), 1)
                                : new Worth(2.0, every(Duration.ofMinutes(100)), 0));
        Resident several = resident("several", 8_000, Use.IDLE, Duration.ofSeconds(1), 0);
        Resident forgotten = resident("forgotten", 8_000, Use.IDLE, HOUR, -1);
        NodeRoom only = node("only").card(24_000, 0L).holds(forgotten).room();
        NodeRoom both = node("both").card(24_000, 0L).holds(forgotten, several).room();
        Decision decision = plan(strategy, ofClass(0, 8_000), circumstances, only, both);
        assertThat(victims(decision)).containsExactly("several");
        assertThat(decision.headline()).contains("one of several");
        assertThat(victims(plan(strategy, ofClass(0, 12_000), circumstances, both)))
                .as("and beside others it counts for nothing")
                .containsExactly("several", "forgotten");
    }

    @Test
    void theNodeWhoseVictimsCostLeastIsChosen() {
        NodeRoom dear = node("dear").card(24_000, 0L).holds(idle("a", 20_000, MINUTE)).room();
        NodeRoom cheap = node("cheap").card(24_000, 0L).holds(idle("b", 20_000, HOUR)).room();
        NodeRoom dearer =
                node("dearer")
                        .card(24_000, 0L)
                        .holds(idle("c", 20_000, Duration.ofSeconds(2)))
                        .room();
        Decision decision = plan(Strategy.LRU, model(8_000L, 1), dear, cheap, dearer);
        assertThat(victims(decision)).containsExactly("b");
        assertThat(decision.text()).contains("dearer: has room only without models that are dear");
        Decision full =
                new Planner(EvictionPolicy.of(Strategy.LRU))
                        .explain(model(8_000L, 1), List.of(dear, cheap, dearer), Rooms.plain());
        assertThat(victims(full)).containsExactly("b");
        assertThat(full.text()).contains("dearer: has room on device 0 without c (cost 0.5000)");
    }

    /// The search against every subset there is, on nodes drawn by chance.
    @Test
    void noCheaperSetExists() {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 300; round++) {
            int count = random.nextInt(1, 9);
            List<Resident> residents = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Duration idle = Duration.ofSeconds(random.nextInt(1, 1_000));
                Resident one = idle("m" + i, random.nextInt(500, 9_000), idle);
                residents.add(on(one, random.nextInt(2)));
            }
            NodeRoom room =
                    node("a")
                            .card(40_000, random.nextLong(2_000))
                            .card(40_000, random.nextLong(2_000))
                            .holds(residents.toArray(Resident[]::new))
                            .room();
            long need = random.nextLong(1_000, 20_000);
            Decision decision = plan(Strategy.LRU, model(need, 1), room);
            double best = bestOfAll(room, need);
            if (decision.outcome() == Outcome.MAKE_ROOM) {
                double cost =
                        Objects.requireNonNull(Objects.requireNonNull(decision.chosen()).cost())
                                .amount();
                assertThat(cost).isCloseTo(best, Offset.offset(1e-9));
            } else {
                assertThat(best)
                        .as(decision.text())
                        .isEqualTo(decision.outcome() == Outcome.LOAD ? 0 : Double.MAX_VALUE);
            }
        }
    }

    private static double bestOfAll(NodeRoom room, long need) {
        double best = Double.MAX_VALUE;
        int count = room.residents().size();
        for (int set = 0; set < 1 << count; set++) {
            long[] free = {room.devices().get(0).nowMb(), room.devices().get(1).nowMb()};
            double cost = 0;
            for (int i = 0; i < count; i++) {
                if ((set & 1 << i) != 0) {
                    Resident gone = room.residents().get(i);
                    free[gone.devices().getFirst()] += gone.totalMb();
                    cost += 1e9 / (NOW - gone.activity().lastUsed());
                }
            }
            boolean split = 2 * Math.min(free[0], free[1]) >= need || free[0] + free[1] >= need;
            if (Math.max(free[0], free[1]) >= need || (split && Math.min(free[0], free[1]) > 0)) {
                best = Math.min(best, cost);
            }
        }
        return best;
    }

    @Test
    void manyCandidatesAreTriedOneByOne() {
        Resident[] many = new Resident[20];
        for (int i = 0; i < many.length; i++) {
            many[i] = idle("m" + i, 1_000, MINUTE.multipliedBy(i + 1));
        }
        NodeRoom node = node("a").card(24_000, 0L).holds(many).room();
        assertThat(victims(plan(Strategy.LRU, model(3_000L, 1), node)))
                .containsExactly("m19", "m18", "m17");
    }

    @Test
    void anExplanationSaysAll() {
        NodeRoom full =
                node("full")
                        .headroom(256)
                        .card(24_000, 1_000L)
                        .holds(pinned("kept", 20_000))
                        .room();
        NodeRoom gives =
                node("gives")
                        .headroom(256)
                        .card(24_000, 300L)
                        .holds(idle("old", 20_000, HOUR))
                        .room();
        Circumstances circumstances = worth(_ -> new Worth(42.0, every(HOUR), 0));
        Decision decision =
                new Planner(EvictionPolicy.of(Strategy.LRU))
                        .explain(model(8_000L, 1), List.of(full, gives), circumstances);
        Explanation text = Explanation.of(decision, circumstances);
        assertThat(text.outcome()).isEqualTo(Outcome.MAKE_ROOM);
        assertThat(text.node()).isEqualTo("gives");
        assertThat(text.shares().devices()).containsExactly(0);
        assertThat(text.shares().sharesMb()).containsExactly(8_000L);
        Explanation.NodeLine first = text.nodes().getFirst();
        assertThat(first.memory())
                .containsExactly(
                        new Explanation.DeviceLine(
                                0,
                                "card 24000",
                                "8.9",
                                new Explanation.Memory(24_000L, 300L, 0, 0, 0, 256, 44L)));
        assertThat(first.victims()).hasSize(1);
        assertThat(first.victims().getFirst().model()).isEqualTo("old");
        assertThat(first.victims().getFirst().inputs().reloadSecs()).isEqualTo(42.0);
        assertThat(first.victims().getFirst().inputs().idleSecs()).isEqualTo(3_600.0);
        assertThat(first.victims().getFirst().cost()).isPositive();
        assertThat(text.nodes().getLast().node()).isEqualTo("full");
        assertThat(text.nodes().getLast().reason()).contains("kept is pinned");
    }
}
