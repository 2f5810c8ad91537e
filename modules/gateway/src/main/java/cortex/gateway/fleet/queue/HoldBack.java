package cortex.gateway.fleet.queue;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// For how long requests that need several places at once may keep others from those that are free
/// already. Whoever needs one place overtakes them at first; after a while they hold the free ones
/// back, so that the rest comes free too, but only for a moment at a time, however many of them
/// wait: nobody waits for the end of a long answer because of them. Changed by its one owner.
public final class HoldBack {
    /// So long a request is overtaken before it holds back, and so long all are after that.
    public static final Duration PATIENCE = Duration.ofSeconds(6);

    /// So long places are held back at most.
    public static final Duration LONGEST = Duration.ofSeconds(3);

    /// When the last one ends or has ended.
    private @Nullable Long end;

    /// Returns whether one that has waited since `since` may hold back at `now`; this may begin it.
    public boolean may(long since, long now) {
        if (!impatient(since, now)) {
            return false;
        }
        if (begun(now)) {
            return true;
        }
        Long last = end;
        if (last != null && now - last < PATIENCE.toNanos()) {
            return false;
        }
        end = now + LONGEST.toNanos();
        return true;
    }

    /// Returns whether one that has waited since `since` was overtaken for long enough.
    public static boolean impatient(long since, long now) {
        return now - since >= PATIENCE.toNanos();
    }

    /// Returns whether one is going on.
    public boolean begun(long now) {
        Long last = end;
        return last != null && now - last < 0;
    }

    /// It was of use: whoever held back has its places.
    public void over(long now) {
        if (begun(now)) {
            end = now;
        }
    }
}
