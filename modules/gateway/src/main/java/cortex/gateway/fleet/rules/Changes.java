package cortex.gateway.fleet.rules;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Counts changes, so that whoever keeps something made from what changes can tell whether it is
/// still true. Changed by the owners of what it counts.
public final class Changes {
    private long count;

    /// Counts one more change.
    public void note() {
        count++;
    }

    /// Returns how many changes there were.
    public long count() {
        return count;
    }

    /// Makes an empty map whose changes count, for at most `limit` entries.
    public <K, V> ViewedMap<K, V> map(int limit) {
        return new ViewedMap<>(this, limit);
    }

    /// Is a map that readers see as an immutable copy, made anew only after a change. The entry
    /// that was put in first makes room when there are too many.
    public static final class ViewedMap<K, V> {
        private final LinkedHashMap<K, V> entries = new LinkedHashMap<>();
        private final Changes changes;
        private final int limit;
        private @Nullable Map<K, V> view;

        private ViewedMap(Changes changes, int limit) {
            this.changes = changes;
            this.limit = limit;
        }

        /// Puts an entry in; nothing changes when it is there already.
        public void put(K key, V value) {
            if (value.equals(entries.put(key, value))) {
                return;
            }
            if (entries.size() > limit) {
                entries.pollFirstEntry();
            }
            view = null;
            changes.note();
        }

        /// Returns the entries as they are now.
        public Map<K, V> view() {
            Map<K, V> known = view;
            if (known == null) {
                known = Map.copyOf(entries);
                view = known;
            }
            return known;
        }
    }
}
