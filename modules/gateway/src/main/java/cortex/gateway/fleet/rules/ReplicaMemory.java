package cortex.gateway.fleet.rules;

import cortex.core.node.ModelInfo;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Tracks what one replica takes of each of its devices, or of the host's memory: first what is
/// expected of its load, then what its node reports. In MiB; an index counts the replica's devices.
/// Changed by its one owner.
public final class ReplicaMemory {
    private final Expected expected;
    private final List<Long> freeBeforeMb;

    /// Whether a reading was taken since it was loaded, so that its memory is among what is not
    /// free.
    private boolean measured;

    /// What its node last reported that it holds of each device; null when that is unknown.
    private @Nullable List<Long> reportedMb;

    /// When `reportedMb` was reported.
    private long reportedAt;

    /// What was reported of it before the last reading was taken: that much of what is expected of
    /// it is not among the free memory any more. Null for nothing.
    private @Nullable List<Long> shownMb;

    /// Is what a load is expected to take.
    ///
    /// @param sharesMb how much of each device
    /// @param sizeUnknown whether nobody knows: until it is measured it has its devices to itself
    /// @param parts in what proportion the model is spread; null when it was found loaded
    public record Expected(List<Long> sharesMb, boolean sizeUnknown, @Nullable List<Double> parts) {
        public Expected {
            sharesMb = List.copyOf(sharesMb);
        }
    }

    /// Makes the memory of a load that has just begun, or was found.
    ///
    /// @param freeBeforeMb what was free of each device before it took any
    public ReplicaMemory(Expected expected, List<Long> freeBeforeMb) {
        this.expected = expected;
        this.freeBeforeMb = List.copyOf(freeBeforeMb);
    }

    /// Notes what its node reports, beside a reading taken at `readingAt`.
    public void reported(ModelInfo entry, long readingAt, long now) {
        List<Long> before = reportedMb;
        if (before != null && readingAt > reportedAt) {
            shownMb = before;
        }
        Long sum = entry.memory().vramUsedMb();
        List<Long> each = entry.memory().devicesUsedMb();
        if (each != null && each.size() == expected.sharesMb.size()) {
            reportedMb = each;
        } else {
            reportedMb = sum == null ? null : Parts.of(sum, expected.sharesMb);
        }
        reportedAt = now;
    }

    /// Notes that a reading was taken since it was loaded.
    public void measured() {
        measured = true;
    }

    /// Returns whether a reading was taken since it was loaded.
    public boolean isMeasured() {
        return measured;
    }

    /// Returns whether it has its devices to itself, as nobody knows yet what it takes.
    public boolean isUnknown() {
        return !measured && expected.sizeUnknown;
    }

    /// Returns what was free of a device before it was loaded.
    public long freeBeforeMb(int at) {
        return freeBeforeMb.get(at);
    }

    /// Returns what it holds of each device as far as anybody knows, 0 where nobody does.
    public List<Long> heldMb() {
        List<Long> reported = reportedMb;
        if (reported == null) {
            return expected.sharesMb;
        }
        List<Long> held = new ArrayList<>(reported.size());
        boolean known = measured && reported.stream().anyMatch(mb -> mb > 0);
        for (int at = 0; at < expected.sharesMb.size(); at++) {
            long used = reported.get(at);
            held.add(known ? used : Math.max(used, expected.sharesMb.get(at)));
        }
        return held;
    }

    /// Returns what it has still to take of a device, beyond what the last reading shows as taken.
    public long promisedMb(int at) {
        List<Long> shown = shownMb;
        long taken = shown == null ? 0 : shown.get(at);
        return measured ? 0 : Math.max(0, expected.sharesMb.get(at) - taken);
    }

    /// Returns how much more than its part one of its devices holds, as its node reports it; null
    /// when that or what was meant is not known.
    public @Nullable Long unevenMb(ModelInfo entry) {
        List<Long> each = entry.memory().devicesUsedMb();
        List<Double> meant = expected.parts;
        if (each == null || meant == null || each.size() != meant.size()) {
            return null;
        }
        return Parts.beyond(each, meant);
    }
}
