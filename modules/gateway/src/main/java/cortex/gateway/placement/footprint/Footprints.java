package cortex.gateway.placement.footprint;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.placement.footprint.Footprint.Peak;
import cortex.gateway.placement.footprint.Footprint.Way;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// Holds all footprints that are known, at most {@value #MOST}: the one that was noted longest ago
/// makes room for a new one. Not safe for use by several threads.
public final class Footprints {
    private static final int MOST = 1_000;

    /// Those noted last stand last.
    private final SequencedMap<Way, Entry> entries = new LinkedHashMap<>();

    /// All of them as they were last asked for; null after a change.
    private @Nullable List<Footprint> all;

    /// `generation` is the load whose peak is the last one.
    private record Entry(Footprint footprint, long generation) {}

    /// Takes up what was known before; what is noted later counts for more.
    public void recall(List<Footprint> known) {
        for (Footprint footprint : known) {
            if (!entries.containsKey(footprint.way())) {
                put(new Entry(footprint, Long.MIN_VALUE));
            }
        }
    }

    /// Is one load: where it is, on how many devices, and a number no other has.
    public record Load(String node, int devices, long generation) {}

    /// Is a footprint that has changed; `driftsAnew`: it is far from the catalogue, and was not
    /// before.
    public record Note(Footprint footprint, boolean driftsAnew) {}

    /// Takes note of what a load (never the same number for another) was measured to hold at most;
    /// the footprint when that changes it, else null.
    public @Nullable Note note(ModelProfile profile, int devices, long generation, Peak measured) {
        return note(profile, Way.of(profile, devices), generation, measured);
    }

    /// Takes note of what a load on a node was measured to hold. Unless that is to be expected on
    /// every node it is kept for this one only, and counts elsewhere once another node says the
    /// like.
    public @Nullable Note note(Load load, ModelProfile profile, Peak measured, boolean everywhere) {
        Way way = Way.of(profile, load.devices);
        String node = load.node;
        long generation = load.generation;
        if (!everywhere) {
            return note(profile, way.on(node), generation, measured);
        }
        Entry own = entries.get(way.on(node));
        if (own != null && own.generation != generation) {
            remove(way.on(node));
        }
        return note(profile, way, generation, measured);
    }

    private @Nullable Note note(ModelProfile profile, Way way, long generation, Peak measured) {
        Entry before = entries.get(way);
        Long catalogueMb = profile.needs().vramMb();
        Footprint footprint = with(before, way, generation, measured, catalogueMb);
        boolean same = before != null && before.footprint.equals(footprint);
        if (before != null && same && before.generation == generation) {
            return null;
        }
        remove(way);
        put(new Entry(footprint, generation));
        boolean drifted = before != null && before.footprint.drifted();
        return same ? null : new Note(footprint, footprint.drifted() && !drifted);
    }

    private static Footprint with(
            @Nullable Entry before,
            Way way,
            long generation,
            Peak measured,
            @Nullable Long catalogueMb) {
        List<Long> peaks = new ArrayList<>();
        List<Long> uneven = new ArrayList<>();
        boolean goesOn = before != null && before.generation == generation;
        if (before != null) {
            peaks.addAll(before.footprint.peaksMb());
            uneven.addAll(before.footprint.unevenMb());
        }
        add(peaks, measured.mb(), goesOn);
        Long beyond = measured.unevenMb();
        long known = before == null ? 0 : before.footprint.uneven();
        add(uneven, beyond == null ? known : beyond, goesOn);
        return new Footprint(way, peaks, uneven, catalogueMb);
    }

    /// Adds the latest load's peak, or raises it when it is there already.
    private static void add(List<Long> peaks, long mb, boolean goesOn) {
        if (goesOn) {
            peaks.add(Math.max(mb, peaks.removeLast()));
            return;
        }
        if (peaks.size() == Footprint.LOADS) {
            peaks.removeFirst();
        }
        peaks.add(mb);
    }

    private void put(Entry entry) {
        entries.put(entry.footprint.way(), entry);
        if (entries.size() > MOST) {
            entries.pollFirstEntry();
        }
        all = null;
    }

    private void remove(Way way) {
        entries.remove(way);
        all = null;
    }

    /// Returns what a model is believed to take. What single nodes say of themselves is theirs, but
    /// for the second highest of it: that much two of them say.
    public Learned learned(ModelProfile profile) {
        Map<Integer, Long> learned = new HashMap<>();
        Map<Integer, Long> uneven = new HashMap<>();
        Map<String, Learned> own = new HashMap<>();
        Map<Integer, List<Long>> claims = new HashMap<>();
        for (Entry entry : entries.values()) {
            Footprint footprint = entry.footprint;
            Way way = footprint.way();
            String node = way.node();
            if (!way.model().equals(profile.id())
                    || !way.equals(Way.of(profile, way.devices()).on(node))) {
                continue;
            }
            if (node == null) {
                learned.put(way.devices(), footprint.mb());
                uneven.put(way.devices(), footprint.uneven());
            } else {
                var here =
                        new Learned(
                                Map.of(way.devices(), footprint.mb()),
                                Map.of(way.devices(), footprint.uneven()));
                own.merge(node, here, Footprints::both);
                claims.computeIfAbsent(way.devices(), _ -> new ArrayList<>()).add(footprint.mb());
            }
        }
        claims.forEach((devices, mbs) -> {
            if (mbs.size() > 1) {
                mbs.sort(Comparator.reverseOrder());
                learned.merge(devices, mbs.get(1), Math::max);
            }
        });
        return new Learned(learned, uneven, own);
    }

    private static Learned both(Learned one, Learned other) {
        Map<Integer, Long> mb = new HashMap<>(one.mb());
        Map<Integer, Long> uneven = new HashMap<>(one.unevenMb());
        mb.putAll(other.mb());
        uneven.putAll(other.unevenMb());
        return new Learned(mb, uneven);
    }

    /// Returns all of them, the one noted longest ago first; the same list until that changes.
    public List<Footprint> all() {
        List<Footprint> known = all;
        if (known == null) {
            List<Footprint> made = new ArrayList<>(entries.size());
            entries.values().forEach(entry -> made.add(entry.footprint));
            known = List.copyOf(made);
            all = known;
        }
        return known;
    }
}
