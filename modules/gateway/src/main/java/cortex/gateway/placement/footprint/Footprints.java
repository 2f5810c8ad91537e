package cortex.gateway.placement.footprint;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.placement.footprint.Footprint.Way;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// All footprints that are known, at most {@value #MOST}: the one that was noted longest ago makes
/// room for a new one. Not safe for use by several threads.
public final class Footprints {
    private static final int MOST = 1_000;

    /// Those noted last stand last.
    private final SequencedMap<Way, Entry> entries = new LinkedHashMap<>();

    /// `generation` is the load whose peak is the last one.
    private record Entry(Footprint footprint, long generation) {}

    /// Takes up what was known before; what is noted later counts for more.
    public void recall(List<Footprint> known) {
        for (Footprint footprint : known) {
            entries.putIfAbsent(footprint.way(), new Entry(footprint, Long.MIN_VALUE));
        }
        limit();
    }

    /// Takes note of what a load (never the same number for another) was measured to hold at most;
    /// the footprint when that changes it, else null.
    public @Nullable Footprint note(ModelProfile profile, int devices, long generation, long mb) {
        Way way = Way.of(profile, devices);
        Entry before = entries.get(way);
        Long told = profile.needs().vramMb();
        List<Long> peaks = peaks(before, generation, mb);
        Footprint footprint = new Footprint(way, peaks, told);
        boolean same = before != null && before.footprint.equals(footprint);
        if (before != null && same && before.generation == generation) {
            return null;
        }
        entries.remove(way);
        entries.put(way, new Entry(footprint, generation));
        limit();
        return same ? null : footprint;
    }

    private static List<Long> peaks(@Nullable Entry before, long generation, long mb) {
        if (before == null) {
            return List.of(mb);
        }
        List<Long> peaks = new ArrayList<>(before.footprint.peaksMb());
        if (before.generation == generation) {
            mb = Math.max(mb, peaks.removeLast());
        } else if (peaks.size() == Footprint.LOADS) {
            peaks.removeFirst();
        }
        peaks.add(mb);
        return peaks;
    }

    private void limit() {
        while (entries.size() > MOST) {
            entries.pollFirstEntry();
        }
    }

    /// What a model is believed to take, in MiB, by the number of devices.
    public Map<Integer, Long> learnedMb(ModelProfile profile) {
        Map<Integer, Long> learned = new HashMap<>();
        for (Entry entry : entries.values()) {
            Way way = entry.footprint.way();
            if (way.model().equals(profile.id()) && way.equals(Way.of(profile, way.devices()))) {
                learned.put(way.devices(), entry.footprint.mb());
            }
        }
        return learned;
    }

    /// All of them, the one noted longest ago first.
    public List<Footprint> all() {
        return entries.values().stream().map(Entry::footprint).toList();
    }
}
