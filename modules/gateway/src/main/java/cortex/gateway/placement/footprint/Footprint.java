package cortex.gateway.placement.footprint;

import cortex.core.catalogue.ModelProfile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one model took, loaded in one way. `peaksMb` are the most that each of its last loads held
/// of all devices together, the latest last; `catalogueMb` is what the catalogue expects, null when
/// it does not say.
public record Footprint(Way way, List<Long> peaksMb, @Nullable Long catalogueMb) {
    /// Loads that are remembered: a model that takes less than it did is believed after so many.
    static final int LOADS = 4;

    /// Further than this from the catalogue, up or down, somebody should correct it.
    private static final long DRIFT_PERCENT = 15;

    private static final long PERCENT = 100;

    public Footprint {
        peaksMb = List.copyOf(peaksMb);
        if (peaksMb.isEmpty() || peaksMb.size() > LOADS) {
            throw new IllegalArgumentException("not some loads: " + peaksMb);
        }
    }

    /// A way of loading a model: what has an effect on the memory it takes. `devices` is their
    /// number, 0 for the CPU; `options` stands for the engine's options.
    public record Way(
            String model, String harness, @Nullable String quant, int devices, String options) {
        /// The way a profile is loaded on so many devices.
        public static Way of(ModelProfile profile, int devices) {
            return new Way(
                    profile.id(),
                    profile.harness(),
                    profile.quant(),
                    devices,
                    Integer.toHexString(profile.options().toString().hashCode()));
        }
    }

    /// What it is believed to take: the most of its last loads, in MiB.
    public long mb() {
        long most = 0;
        for (long peak : peaksMb) {
            most = Math.max(most, peak);
        }
        return most;
    }

    /// How far that is from the catalogue: 0.2 for a fifth more; null when it does not say.
    public @Nullable Double drift() {
        Long told = catalogueMb;
        return told == null || told == 0 ? null : mb() / (double) told - 1;
    }

    /// Whether the catalogue is so far off that somebody should correct it.
    public boolean drifted() {
        Long told = catalogueMb;
        return told != null && Math.abs(mb() - told) * PERCENT > told * DRIFT_PERCENT;
    }
}
