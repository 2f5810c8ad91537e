package cortex.core.time;

import java.time.Duration;
import java.time.Instant;

/// The clock as the rest of the house sees it. Implementations are safe for use by many threads.
public interface Time {
    /// The wall clock, for people and for wire formats; may jump.
    Instant now();

    /// Monotonic nanoseconds since an arbitrary origin, for measuring and for deadlines.
    long nanos();

    /// Waits for about `duration`; returns at once when it is zero or negative.
    ///
    /// @throws InterruptedException when the thread is interrupted while waiting
    void sleep(Duration duration) throws InterruptedException;
}
