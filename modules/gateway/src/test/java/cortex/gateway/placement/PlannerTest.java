package cortex.gateway.placement;

import static cortex.gateway.placement.Rooms.model;
import static cortex.gateway.placement.Rooms.node;
import static cortex.gateway.placement.Rooms.plain;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ComputeCapability;
import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Needs;
import cortex.core.node.EngineOptions;
import cortex.gateway.config.EvictionConfig.Strategy;
import cortex.gateway.placement.Decision.Outcome;
import cortex.gateway.placement.NodeRoom.Ledger;
import cortex.gateway.placement.eviction.EvictionPolicy;
import cortex.gateway.placement.eviction.Resident.Use;
import cortex.gateway.placement.eviction.Worth;
import cortex.gateway.placement.footprint.Learned;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Where a model goes when nobody has to leave.
class PlannerTest {
    private final Planner planner = new Planner(EvictionPolicy.of(Strategy.LRU));

    private Decision plan(ModelProfile model, NodeRoom... rooms) {
        return planner.plan(model, List.of(rooms), plain());
    }

    private static Verdict chosen(Decision decision) {
        assertThat(decision.outcome()).as(decision.text()).isEqualTo(Outcome.LOAD);
        return Objects.requireNonNull(decision.chosen());
    }

    private static ModelProfile needing(
            String harness, @Nullable Long mb, int devices, @Nullable Long perDevice) {
        return model(harness, new Needs(mb, devices, perDevice, null, List.of()), 0);
    }

    @Test
    void headroomIsLeftAlone() {
        NodeRoom tight = node("a").headroom(500).card(24_000, 10_400L).room();
        assertThat(plan(model(10_000L, 1), tight).outcome()).isEqualTo(Outcome.NOT_NOW);
        assertThat(plan(model(10_000L, 1), tight).text()).contains("(500 MiB headroom)");
        NodeRoom enough = node("a").headroom(500).card(24_000, 10_500L).room();
        assertThat(chosen(plan(model(10_000L, 1), enough)).sharesMb()).containsExactly(10_000L);
        assertThat(plan(model(23_600L, 1), enough).outcome()).isEqualTo(Outcome.NEVER);
        assertThat(plan(model(31_600L, 0), enough).outcome()).isEqualTo(Outcome.NOT_NOW);
    }

    @Test
    void reservedAndClaimedMemoryIsNotFree() {
        NodeRoom reserved = node("a").card(24_000, 20_000L).ledger(ledger(9_000, 0, 0)).room();
        NodeRoom claimed = node("b").card(24_000, 20_000L).ledger(ledger(0, 0, 9_000)).room();
        assertThat(plan(model(12_000L, 1), reserved).outcome()).isEqualTo(Outcome.NOT_NOW);
        Decision decision = plan(model(12_000L, 1), reserved, claimed);
        assertThat(decision.outcome()).as("behind older requests").isEqualTo(Outcome.WAIT);
        assertThat(decision.text())
                .contains("20000 MiB free (9000 MiB reserved)")
                .contains("(9000 MiB claimed by older requests)");
        NodeRoom coming = node("c").card(24_000, 4_000L).ledger(ledger(0, 9_000, 0)).room();
        Decision soon = plan(model(12_000L, 1), reserved, coming);
        assertThat(soon.outcome()).isEqualTo(Outcome.WAIT);
        assertThat(Objects.requireNonNull(soon.chosen()).room().node()).isEqualTo("c");
    }

    @Test
    void whoIsOnlyBehindOlderRequestsWaits() {
        NodeRoom claimed =
                node("a")
                        .card(24_000, 5_000L)
                        .ledger(new Ledger(5_000L, 0, 19_000, 18_000, 0))
                        .room();
        assertThat(plan(model(19_000L, 1), claimed).outcome()).isEqualTo(Outcome.WAIT);
        assertThat(plan(model(24_001L, 1), claimed).outcome()).isEqualTo(Outcome.NEVER);
    }

    private static Ledger ledger(long reserved, long coming, long claimed) {
        return new Ledger(coming > 0 ? 4_000L : 20_000L, reserved, coming, claimed, 0);
    }

    @Test
    void anUnknownReadingIsNoRoom() {
        NodeRoom unknown = node("a").card(24_000, null).room();
        Decision decision = plan(model(10L, 1), unknown);
        assertThat(decision.outcome()).isEqualTo(Outcome.NOT_NOW);
        assertThat(decision.text()).contains("device 0 unknown free");
        NodeRoom both = node("a").card(24_000, null).card(24_000, 24_000L).room();
        assertThat(chosen(plan(model(10L, 1), both)).devices()).containsExactly(1);
        assertThat(plan(model(10L, 2), both).outcome()).isEqualTo(Outcome.NOT_NOW);
        assertThat(plan(model(null, 2), both).outcome()).isEqualTo(Outcome.NOT_NOW);
    }

    @Test
    void oldAndUnknownDevicesAreRefusedWhereACapabilityIsAsked() {
        var needs = new Needs(1_000L, 1, null, new ComputeCapability(8, 0), List.of());
        ModelProfile model = model("mistralrs", needs, 0);
        NodeRoom old = node("old").card("p40", 24_000L, 24_000L, "6.1").room();
        NodeRoom dark = node("dark").card("?", 24_000L, 24_000L, null).room();
        NodeRoom ada = node("ada").card("l4", 24_000L, 20_000L, "12.0").room();
        assertThat(plan(model, old).outcome()).isEqualTo(Outcome.NEVER);
        assertThat(plan(model, old).text())
                .contains("needs 1 device of compute capability 8.0: device 0 6.1");
        assertThat(plan(model, old, dark).outcome()).isEqualTo(Outcome.NOT_NOW);
        assertThat(plan(model, old, dark).text()).contains("dark: ").contains("device 0 unknown");
        assertThat(chosen(plan(model, old, dark, ada)).room().node()).isEqualTo("ada");
        NodeRoom mixed =
                node("mixed")
                        .card("p40", 24_000L, 24_000L, "6.1")
                        .card("l4", 24_000L, 24_000L, "8.9")
                        .room();
        assertThat(chosen(plan(model, mixed)).devices()).containsExactly(1);
    }

    @Test
    void aDeviceMustHaveWhatTheProfileAsks() {
        NodeRoom mixed = node("a").card(8_000, 8_000L).card(24_000, 9_000L).room();
        ModelProfile model = needing("llamacpp", 4_000L, 1, 12_000L);
        assertThat(chosen(plan(model, mixed)).devices()).containsExactly(1);
        NodeRoom small = node("b").card(8_000, 8_000L).room();
        assertThat(plan(model, small).outcome()).isEqualTo(Outcome.NEVER);
        assertThat(plan(model, small).text()).contains("of at least 12000 MiB");
        assertThat(plan(needing("llamacpp", 4_000L, 2, null), small).text())
                .contains("has 1 device; the model needs 2");
    }

    @Test
    void aDrainingNodeGetsNothing() {
        NodeRoom draining = node("a").card(24_000, 24_000L).draining().room();
        Decision decision = plan(model(1_000L, 1), draining);
        assertThat(decision.outcome()).isEqualTo(Outcome.NOT_NOW);
        assertThat(decision.text())
                .isEqualTo("a: is draining (cortex undrain puts it back into use)");
        NodeRoom other = node("b").card(24_000, 2_000L).room();
        assertThat(chosen(plan(model(1_000L, 1), draining, other)).room().node()).isEqualTo("b");
    }

    @Test
    void aPinnedNodeIsPreferredNotRequired() {
        var needs = new Needs(4_000L, 1, null, null, List.of("home"));
        ModelProfile model = model("llamacpp", needs, 0);
        NodeRoom tight = node("tight").card(8_000, 4_000L).room();
        NodeRoom home = node("home").card(24_000, 24_000L).room();
        assertThat(chosen(plan(model, tight, home)).room().node()).isEqualTo("home");
        NodeRoom full = node("home").card(24_000, 100L).room();
        assertThat(chosen(plan(model, tight, full)).room().node()).isEqualTo("tight");
    }

    @Test
    void aModelIsKeptToItsNodesWithoutBeingPinnedThere() {
        var needs = new Needs(4_000L, 1, null, null, List.of(), List.of("home"));
        ModelProfile model = model("llamacpp", needs, 0);
        NodeRoom tight = node("tight").card(8_000, 4_000L).room();
        NodeRoom home = node("home").card(24_000, 24_000L).room();
        assertThat(chosen(plan(model, tight, home)).room().node()).isEqualTo("home");
        NodeRoom full = node("home").card(24_000, 100L).room();
        assertThat(plan(model, tight, full).outcome()).isEqualTo(Outcome.NOT_NOW);
        Decision elsewhere = plan(model, tight);
        assertThat(elsewhere.outcome()).isEqualTo(Outcome.NEVER);
        assertThat(elsewhere.text()).isEqualTo("tight: is not among the model's nodes (home)");
    }

    @Test
    void theTightestHoleIsTakenOnANodeAndOnTheFleet() {
        NodeRoom node = node("a").card(24_000, 24_000L).card(24_000, 7_000L).room();
        assertThat(chosen(plan(model(6_000L, 1), node)).devices()).containsExactly(1);
        NodeRoom tighter = node("b").card(48_000, 30_000L).card(8_000, 6_500L).room();
        Verdict verdict = chosen(plan(model(6_000L, 1), node, tighter));
        assertThat(verdict.room().node()).isEqualTo("b");
        assertThat(verdict.devices()).containsExactly(1);
        assertThat(chosen(plan(model(29_000L, 1), node, tighter)).devices()).containsExactly(0);
    }

    @Test
    void aModelTooLargeForOneDeviceIsSpread() {
        NodeRoom node = node("a").card(24_000, 24_000L).card(24_000, 24_000L).room();
        Verdict verdict = chosen(plan(model(40_000L, 1), node));
        assertThat(verdict.devices()).containsExactly(0, 1);
        assertThat(verdict.sharesMb()).containsExactly(20_000L, 20_000L);
    }

    @Test
    void tensorsAreSharedByEqualDevicesOnly() {
        NodeRoom mixed =
                node("a")
                        .card(12_000, 12_000L)
                        .card(24_000, 23_000L)
                        .card(48_000, 48_000L)
                        .card(24_000, 24_000L)
                        .room();
        ModelProfile model = needing("mistralrs", 20_000L, 2, null);
        assertThat(chosen(plan(model, mixed)).devices()).containsExactly(1, 3);
        NodeRoom unequal = node("b").card(24_000, 24_000L).card(48_000, 48_000L).room();
        assertThat(plan(model, unequal).outcome()).isEqualTo(Outcome.NEVER);
    }

    @Test
    void noModelIsSpreadOverDevicesOfTwoVendors() {
        NodeRoom two = node("a").card(24_000, 24_000L).vendor("amd").card(24_000, 24_000L).room();
        NodeRoom three =
                node("b")
                        .card(24_000, 24_000L)
                        .vendor("amd")
                        .card(24_000, 24_000L)
                        .card(24_000, 20_000L)
                        .room();
        for (String harness : List.of("llamacpp", "mistralrs")) {
            assertThat(plan(needing(harness, 30_000L, 1, null), two).outcome())
                    .isEqualTo(Outcome.NEVER);
            assertThat(chosen(plan(needing(harness, 30_000L, 1, null), three)).devices())
                    .containsExactly(1, 2);
            assertThat(chosen(plan(needing(harness, 10_000L, 1, null), two)).devices()).hasSize(1);
        }
    }

    @Test
    void aMigInstanceIsUsedAlone() {
        NodeRoom split = node("a").instance(20_000).instance(20_000).instance(20_000).room();
        for (String harness : List.of("llamacpp", "mistralrs")) {
            assertThat(chosen(plan(needing(harness, 15_000L, 1, null), split)).devices())
                    .containsExactly(0);
            Decision large = plan(needing(harness, 30_000L, 1, null), split);
            assertThat(large.outcome()).isEqualTo(Outcome.NEVER);
            assertThat(large.text()).contains("20000 MiB (MIG, used alone)");
            assertThat(plan(needing(harness, 15_000L, 2, null), split).outcome())
                    .isEqualTo(Outcome.NEVER);
        }
        NodeRoom beside =
                node("b")
                        .instance(20_000)
                        .card(24_000, 24_000L)
                        .instance(20_000)
                        .card(24_000, 24_000L)
                        .room();
        assertThat(chosen(plan(needing("llamacpp", 40_000L, 1, null), beside)).devices())
                .containsExactly(1, 3);
    }

    @Test
    void llamaServerMaySplitUnevenlyAndIsToldHow() {
        NodeRoom unequal = node("a").card(8_000, 8_000L).card(24_000, 24_000L).room();
        Decision decision = plan(model(28_000L, 1), unequal);
        assertThat(chosen(decision).devices()).containsExactly(0, 1);
        assertThat(chosen(decision).sharesMb()).containsExactly(7_000L, 21_000L);
        EngineOptions options = decision.options(EngineOptions.NONE);
        assertThat(options.tensorSplit()).containsExactly(7_000.0, 21_000.0);
        assertThat(plan(model(33_000L, 1), unequal).outcome()).isEqualTo(Outcome.NEVER);
        NodeRoom equal = node("b").card(24_000, 24_000L).card(24_000, 20_000L).room();
        assertThat(plan(model(30_000L, 1), equal).options(EngineOptions.NONE).tensorSplit())
                .containsExactly(15_000.0, 15_000.0);
    }

    @Test
    void aToldSplitIsKept() {
        var options =
                new EngineOptions(
                        EngineOptions.Origin.NONE,
                        null,
                        null,
                        null,
                        List.of(1.0, 3.0),
                        null,
                        List.of());
        ModelProfile told =
                new ModelProfile(
                        "wanted",
                        List.of(),
                        new ModelProfile.Engine("llamacpp", null, options),
                        new Needs(16_000L, 2, null, null, List.of()),
                        ModelProfile.Residency.DEFAULT);
        NodeRoom fits = node("a").card(8_000, 4_500L).card(24_000, 12_500L).room();
        Decision decision = plan(told, fits);
        assertThat(chosen(decision).sharesMb()).containsExactly(4_000L, 12_000L);
        assertThat(decision.options(options)).isEqualTo(options);
        NodeRoom turned = node("b").card(24_000, 24_000L).card(8_000, 8_000L).room();
        assertThat(plan(told, turned).outcome()).isEqualTo(Outcome.NEVER);
    }

    @Test
    void aModelOfUnknownSizeGetsDevicesToItself() {
        NodeRoom shared =
                node("a")
                        .card(24_000, 20_000L)
                        .card(24_000, 23_000L)
                        .holds(Rooms.resident("other", 4_000, Use.BUSY, Duration.ZERO, 0))
                        .room();
        Verdict verdict = chosen(plan(model(null, 1), shared));
        assertThat(verdict.devices()).containsExactly(1);
        assertThat(verdict.sharesMb()).containsExactly(23_000L);
        assertThat(plan(model(null, 2), shared).outcome()).isEqualTo(Outcome.WAIT);
    }

    @Test
    void whatWasMeasuredCountsForMoreThanTheCatalogue() {
        NodeRoom node = node("a").headroom(200).card(24_000, 12_000L).room();
        var learned =
                new Circumstances(
                        Rooms.NOW,
                        0,
                        Rooms::anywhere,
                        _ -> Worth.UNKNOWN,
                        new Learned(Map.of(1, 13_000L), Map.of()));
        Decision more = planner.plan(model(8_000L, 1), List.of(node), learned);
        assertThat(more.outcome()).isEqualTo(Outcome.NOT_NOW);
        assertThat(more.text()).contains("13000 MiB (measured)");
        Decision less = planner.plan(model(20_000L, 1), List.of(node), learned);
        assertThat(less.outcome()).isEqualTo(Outcome.NOT_NOW);
        NodeRoom empty = node("b").headroom(200).card(24_000, 23_950L).room();
        var greedy =
                new Circumstances(
                        Rooms.NOW,
                        0,
                        Rooms::anywhere,
                        _ -> Worth.UNKNOWN,
                        new Learned(Map.of(1, 40_000L), Map.of()));
        Decision fills = planner.plan(model(20_000L, 1), List.of(empty), greedy);
        assertThat(fills.outcome()).as(fills.text()).isEqualTo(Outcome.NOT_NOW);
        NodeRoom whole = node("c").headroom(200).card(24_000, 24_000L).room();
        assertThat(chosen(planner.plan(model(20_000L, 1), List.of(whole), greedy)).sharesMb())
                .containsExactly(23_800L);
    }

    @Test
    void aDeviceThatHoldsMoreThanItsPartIsReckonedWith() {
        var lopsided = new Learned(Map.of(2, 30_000L), Map.of(2, 3_000L));
        var learned =
                new Circumstances(Rooms.NOW, 0, Rooms::anywhere, _ -> Worth.UNKNOWN, lopsided);
        NodeRoom tight = node("a").card(24_000, 17_999L).card(24_000, 24_000L).room();
        ModelProfile even = needing("mistralrs", 30_000L, 2, null);
        assertThat(planner.plan(even, List.of(tight), learned).outcome())
                .isEqualTo(Outcome.NOT_NOW);
        NodeRoom roomy = node("b").card(24_000, 18_000L).card(24_000, 24_000L).room();
        Verdict spread = chosen(planner.plan(even, List.of(roomy), learned));
        assertThat(spread.sharesMb()).containsExactly(18_000L, 18_000L);
        Decision uneven = planner.plan(model(30_000L, 2), List.of(tight), learned);
        assertThat(chosen(uneven).sharesMb()).allMatch(mb -> mb > 3_000);
        assertThat(uneven.options(EngineOptions.NONE).tensorSplit())
                .as("what it is told to split")
                .satisfiesExactly(
                        one -> assertThat(one).isBetween(12_500.0, 12_501.0),
                        other -> assertThat(other).isBetween(17_500.0, 17_501.0));
    }

    @Test
    void anEngineThatIsNotThereIsNamed() {
        NodeRoom node = node("a").card(24_000, 24_000L).only("mistralrs").room();
        assertThat(plan(model(1L, 1), node).text())
                .isEqualTo("a: has no harness 'llamacpp' (has: mistralrs)");
    }
}
