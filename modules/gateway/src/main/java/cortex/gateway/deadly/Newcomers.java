package cortex.gateway.deadly;

import java.util.LinkedHashMap;
import java.util.Map;

/// The clients of one model that nothing speaks for yet, taken together: where addresses cost
/// nothing, each deadly request may come from another client. When several of them were held off
/// within a while, all are, and longer each time, so that the others' engine stays. Belongs to
/// {@link Deadly} and is read and written under its lock only.
final class Newcomers {
    /// So many of them come to end engines by chance.
    private static final int BY_CHANCE = 2;

    private static final int MOST = 16;

    private Standing standing = new Standing();
    private final Map<String, Long> heldOff = new LinkedHashMap<>();

    /// How they stand, all of them.
    Standing standing() {
        return standing;
    }

    /// One of them is held off, which is remembered until `until`.
    ///
    /// @return whether that is more than chance
    boolean heldOff(String client, long now, long until) {
        heldOff.values().removeIf(end -> end - now <= 0);
        if (heldOff.isEmpty()) {
            standing = new Standing();
        }
        if (heldOff.size() < MOST || heldOff.containsKey(client)) {
            heldOff.put(client, until);
        }
        return heldOff.size() > BY_CHANCE;
    }
}
