package cortex.gateway.placement;

import cortex.gateway.placement.NodeRoom.DeviceRoom;
import cortex.gateway.placement.NodeRoom.Resident;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// Orders the nodes on which a model could go. Ties are left as they come: the first configured
/// node wins.
final class Scorer {
    private final Collection<String> preferred;
    private final Comparator<Resident> cheapestFirst;

    /// `preferred` are the nodes the profile would rather have.
    Scorer(Collection<String> preferred, Comparator<Resident> cheapestFirst) {
        this.preferred = List.copyOf(preferred);
        this.cheapestFirst = cheapestFirst;
    }

    /// Preferred nodes first, then the tightest fit, so that big models keep their holes.
    Comparator<Verdict> tightest() {
        return byPreference().thenComparingLong(Scorer::leftover);
    }

    /// Preferred nodes first, then those whose dearest victim is cheapest, then the fewest victims.
    Comparator<Verdict> cheapestVictims() {
        return byPreference()
                .thenComparing(this::dearest, cheapestFirst)
                .thenComparingInt(v -> v.victims().size());
    }

    private Comparator<Verdict> byPreference() {
        return Comparator.comparing(v -> !preferred.contains(v.room().node()));
    }

    private Resident dearest(Verdict verdict) {
        return verdict.victims().stream().max(cheapestFirst).orElseThrow();
    }

    private static long leftover(Verdict verdict) {
        long left = 0;
        for (DeviceRoom device : verdict.room().devices()) {
            if (verdict.devices().contains(device.index())) {
                left += device.nowMb() - verdict.perDeviceMb();
            }
        }
        return verdict.devices().isEmpty()
                ? verdict.room().ram().nowMb() - verdict.perDeviceMb()
                : left;
    }
}
