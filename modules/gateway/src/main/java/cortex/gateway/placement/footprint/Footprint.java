package cortex.gateway.placement.footprint;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.EngineOptions;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Is what one model took, loaded in one way. `peaksMb` are the most that each of its last loads
/// held of all devices together, the latest last, and `unevenMb` how much more than its part one of
/// the devices held then; `catalogueMb` is what the catalogue expects, null when it does not say.
public record Footprint(
        Way way, List<Long> peaksMb, List<Long> unevenMb, @Nullable Long catalogueMb) {
    /// Loads that are remembered: a model that takes less than it did is believed after so many.
    static final int LOADS = 4;

    /// Further than this from the catalogue, up or down, somebody should correct it.
    private static final long DRIFT_PERCENT = 15;

    /// As much as is left free of each device by default.
    private static final long LEAST_DRIFT_MB = 256;

    private static final long PERCENT = 100;

    public Footprint {
        peaksMb = List.copyOf(peaksMb);
        unevenMb = List.copyOf(unevenMb);
        if (peaksMb.isEmpty() || peaksMb.size() > LOADS || unevenMb.size() != peaksMb.size()) {
            throw new IllegalArgumentException("not some loads: " + peaksMb + unevenMb);
        }
    }

    /// Makes one that was spread over its devices just as it was meant to be.
    public Footprint(Way way, List<Long> peaksMb, @Nullable Long catalogueMb) {
        this(way, peaksMb, Collections.nCopies(peaksMb.size(), 0L), catalogueMb);
    }

    /// Is what one load took at most: of all devices together, and one of them beyond its part,
    /// null when it is not known what was meant to be its part.
    public record Peak(long mb, @Nullable Long unevenMb) {}

    /// Is a way of loading a model: what has an effect on the memory it takes. `devices` is their
    /// number, 0 for the CPU; `options` stands for the engine's options. `node` is the only one
    /// that is to be expected of, null when any is.
    public record Way(
            String model,
            String harness,
            @Nullable String quant,
            int devices,
            String options,
            @Nullable String node) {
        /// Makes the way on any node.
        public Way(
                String model, String harness, @Nullable String quant, int devices, String options) {
            this(model, harness, quant, devices, options, null);
        }

        /// Returns the same on one node only, or, with null, on any.
        public Way on(@Nullable String only) {
            return new Way(model, harness, quant, devices, options, only);
        }

        /// Returns the way a profile is loaded on so many devices.
        public static Way of(ModelProfile profile, int devices) {
            return new Way(
                    profile.id(),
                    profile.engine().harness(),
                    profile.engine().quant(),
                    devices,
                    Integer.toHexString(text(profile.engine().options()).hashCode()));
        }

        /// Returns options as they were always written out: files of earlier runs hold the hash of
        /// this text.
        private static String text(EngineOptions options) {
            return "EngineOptions[path="
                    + options.origin().path()
                    + ", source="
                    + options.origin().source()
                    + ", context="
                    + options.context()
                    + ", parallel="
                    + options.parallel()
                    + ", gpuLayers="
                    + options.gpuLayers()
                    + ", tensorSplit="
                    + options.tensorSplit()
                    + ", mmproj="
                    + options.mmproj()
                    + ", args="
                    + options.args()
                    + "]";
        }
    }

    /// Returns what it is believed to take: the most of its last loads, in MiB.
    public long mb() {
        return Collections.max(peaksMb);
    }

    /// Returns how much more than its part any of the devices is believed to need, in MiB.
    public long uneven() {
        return Collections.max(unevenMb);
    }

    /// Returns the same beside another figure of the catalogue.
    public Footprint against(@Nullable Long mb) {
        return new Footprint(way, peaksMb, unevenMb, mb);
    }

    /// Returns whether it may be taken up from an earlier run: no host has more, and what is
    /// expected of every node is not far beyond the catalogue.
    public boolean plausible() {
        Long expectedMb = catalogueMb;
        boolean near =
                way.node != null || expectedMb == null || Believable.everywhere(mb(), expectedMb);
        return near && mb() <= Believable.MOST_MB && uneven() <= Believable.MOST_MB;
    }

    /// Returns how far that is from the catalogue: 0.2 for a fifth more; null when it does not say.
    public @Nullable Double drift() {
        Long expectedMb = catalogueMb;
        return expectedMb == null || expectedMb == 0 ? null : mb() / (double) expectedMb - 1;
    }

    /// Returns whether the catalogue is so far off that somebody should correct it: by a share of
    /// what it says, and by more than what is left free of a device anyway.
    public boolean drifted() {
        Long expectedMb = catalogueMb;
        if (expectedMb == null) {
            return false;
        }
        long off = Math.abs(mb() - expectedMb);
        return off >= LEAST_DRIFT_MB && off * PERCENT > expectedMb * DRIFT_PERCENT;
    }
}
