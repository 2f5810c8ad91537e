package cortex.gateway.deadly;

import java.util.LinkedHashMap;
import java.util.Map;

/// A map that forgets the eldest entry when there are too many.
final class BoundedMap<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    private final int most;

    /// An empty one of `most` entries.
    BoundedMap(int most) {
        this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
    }
}
