package cortex.gateway.fleet.queue;

import org.jspecify.annotations.Nullable;

/// Remembers who did something last, and when somebody else did. Changed by its one owner; times
/// are monotonic nanoseconds.
public final class LastActive {
    private String newest = "";
    private @Nullable Long newestAt;
    private @Nullable Long otherAt;

    /// Notes that somebody does something.
    public void active(String who, long now) {
        if (!who.equals(newest)) {
            otherAt = newestAt;
            newest = who;
        }
        newestAt = now;
    }

    /// Returns whether somebody else than `who` did something after `since`.
    public boolean others(String who, long since) {
        Long at = who.equals(newest) ? otherAt : newestAt;
        return at != null && at - since > 0;
    }
}
