package cortex.gateway.placement.footprint;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Needs;
import cortex.core.node.EngineOptions;
import cortex.gateway.placement.footprint.Footprint.Peak;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FootprintsTest {
    private final Footprints footprints = new Footprints();
    private final ModelProfile coder = model("coder", "q4", 10_000L, 8_192);

    private static ModelProfile model(String id, String quant, @Nullable Long vramMb, int context) {
        return new ModelProfile(
                id,
                List.of(),
                new ModelProfile.Engine(
                        "llamacpp",
                        quant,
                        new EngineOptions(
                                EngineOptions.Origin.NONE,
                                context,
                                null,
                                null,
                                List.of(),
                                null,
                                List.of())),
                new Needs(vramMb, 1, null, null, List.of()),
                ModelProfile.Residency.DEFAULT);
    }

    private static Footprint noted(Footprints.@Nullable Note note) {
        return Objects.requireNonNull(note).footprint();
    }

    private static Peak peak(long mb) {
        return new Peak(mb, 0L);
    }

    @Test
    void whatOneDeviceHoldsBeyondItsPartIsRememberedAsLongAsTheLoad() {
        footprints.note(coder, 2, 1, new Peak(9_000, 1_500L));
        footprints.note(coder, 2, 1, new Peak(9_000, 700L));
        assertThat(footprints.learned(coder).unevenMb()).isEqualTo(Map.of(2, 1_500L));
        for (int load = 2; load < 5; load++) {
            footprints.note(coder, 2, load, new Peak(9_000, 100L));
            assertThat(footprints.learned(coder).unevenMb()).isEqualTo(Map.of(2, 1_500L));
        }
        footprints.note(coder, 2, 5, new Peak(9_000, 200L));
        assertThat(footprints.learned(coder).unevenMb()).isEqualTo(Map.of(2, 200L));
        for (int load = 6; load < 12; load++) {
            footprints.note(coder, 2, load, new Peak(9_000, null));
        }
        assertThat(footprints.learned(coder).unevenMb())
                .as("a replica that was found tells nothing about it")
                .isEqualTo(Map.of(2, 200L));
    }

    @Test
    void filesOfEarlierRunsNameTheSameWay() {
        EngineOptions all =
                new EngineOptions(
                        new EngineOptions.Origin("a.gguf", "hf:o/r:q"),
                        8192,
                        4,
                        99,
                        List.of(0.25, 0.75),
                        "mm.gguf",
                        List.of("--x"));
        assertThat(options(all)).isEqualTo("2980a488");
        assertThat(options(EngineOptions.NONE)).isEqualTo("f28317db");
    }

    private static String options(EngineOptions options) {
        ModelProfile model =
                new ModelProfile(
                        "m",
                        List.of(),
                        new ModelProfile.Engine("llamacpp", null, options),
                        new Needs(null, 1, null, null, List.of()),
                        ModelProfile.Residency.DEFAULT);
        return Footprint.Way.of(model, 1).options();
    }

    @Test
    void thePeakOfALoadCounts() {
        assertThat(noted(footprints.note(coder, 1, 7, peak(9_000))).mb()).isEqualTo(9_000);
        assertThat(noted(footprints.note(coder, 1, 7, peak(9_800))).mb()).isEqualTo(9_800);
        assertThat(footprints.note(coder, 1, 7, peak(9_100))).isNull();
        assertThat(footprints.learned(coder).mb()).isEqualTo(Map.of(1, 9_800L));
    }

    @Test
    void lessIsBelievedAfterSomeLoads() {
        footprints.note(coder, 1, 1, peak(9_800));
        for (int load = 2; load <= 4; load++) {
            footprints.note(coder, 1, load, peak(6_000));
            assertThat(footprints.learned(coder).mb()).isEqualTo(Map.of(1, 9_800L));
        }
        footprints.note(coder, 1, 5, peak(6_000));
        assertThat(footprints.learned(coder).mb()).isEqualTo(Map.of(1, 6_000L));
    }

    @Test
    void anotherWayOfLoadingIsAnotherFootprint() {
        footprints.note(coder, 1, 1, peak(9_800));
        footprints.note(coder, 2, 2, peak(11_000));
        assertThat(footprints.learned(coder).mb()).isEqualTo(Map.of(1, 9_800L, 2, 11_000L));
        assertThat(footprints.learned(model("coder", "q8", 10_000L, 8_192)).mb()).isEmpty();
        assertThat(footprints.learned(model("coder", "q4", 10_000L, 32_768)).mb()).isEmpty();
        assertThat(footprints.learned(model("coder", "q4", 12_000L, 8_192)).mb()).hasSize(2);
    }

    @Test
    void whatWasRecalledIsTheFirstOfSeveralLoads() {
        Footprint before = noted(footprints.note(coder, 1, 1, peak(9_800)));
        Footprints next = new Footprints();
        next.recall(List.of(before));
        assertThat(next.learned(coder).mb()).isEqualTo(Map.of(1, 9_800L));
        next.note(coder, 1, 1, peak(7_000));
        assertThat(next.all().getFirst().peaksMb()).containsExactly(9_800L, 7_000L);
    }

    @Test
    void moreThanAFifthOrSoOffTheCatalogueIsADrift() {
        assertThat(drifted(11_500)).isFalse();
        assertThat(drifted(11_501)).isTrue();
        assertThat(drifted(8_500)).isFalse();
        assertThat(drifted(8_499)).isTrue();
        ModelProfile untold = model("other", "q4", null, 1);
        assertThat(noted(footprints.note(untold, 1, 1, peak(5))).drifted()).isFalse();
    }

    @Test
    void aDriftIsNewOnce() {
        assertThat(driftsAnew(1, 10_100)).isFalse();
        assertThat(driftsAnew(2, 12_000)).isTrue();
        assertThat(driftsAnew(3, 12_500)).isFalse();
        for (int load = 4; load < 8; load++) {
            assertThat(driftsAnew(load, 10_000 + load)).isFalse();
        }
        assertThat(driftsAnew(8, 12_000)).as("and again after it was gone").isTrue();
        Footprints next = new Footprints();
        next.recall(footprints.all());
        assertThat(Objects.requireNonNull(next.note(coder, 1, 1, peak(12_001))).driftsAnew())
                .as("nor after a restart")
                .isFalse();
    }

    private boolean driftsAnew(int load, long mb) {
        return Objects.requireNonNull(footprints.note(coder, 1, load, peak(mb))).driftsAnew();
    }

    private boolean drifted(long mb) {
        return noted(new Footprints().note(coder, 1, 1, peak(mb))).drifted();
    }

    @Test
    void theOldestMakeRoom() {
        for (int i = 0; i < 1_001; i++) {
            footprints.note(model("m" + i, "q4", 1L, 1), 1, i, peak(100));
        }
        assertThat(footprints.all()).hasSize(1_000);
        assertThat(footprints.learned(model("m0", "q4", 1L, 1)).mb()).isEmpty();
        assertThat(footprints.learned(model("m1000", "q4", 1L, 1)).mb()).hasSize(1);
    }
}
