package cortex.gateway.fleet.rules;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Knows when another replica of a model is looked for: when requests have been too many for those
/// there are for a while, and not too often. Changed by its one owner; times are monotonic
/// nanoseconds.
public final class Growth {
    private @Nullable Long fullSince;
    private long nextLook = Long.MIN_VALUE;

    /// Notes whether requests are more than all replicas can take now.
    ///
    /// @return whether they have been for as long as `patience`
    public boolean note(boolean full, Duration patience, long now) {
        Long since = fullSince;
        if (!full) {
            fullSince = null;
            return false;
        }
        if (since == null) {
            fullSince = now;
            return false;
        }
        return now - since >= patience.toNanos();
    }

    /// Notes that replicas are enough, as when another one is being loaded.
    public void isEnough() {
        fullSince = null;
    }

    /// Begins to look for another replica, unless that was done lately.
    ///
    /// @param next when it may be done again, if it is done now
    /// @return whether it is done now
    public boolean looks(long now, long next) {
        boolean may = now >= nextLook;
        if (may) {
            nextLook = next;
        }
        return may;
    }
}
