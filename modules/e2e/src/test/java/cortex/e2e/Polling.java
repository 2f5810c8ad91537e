package cortex.e2e;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// The pause between two looks of a poll that has a deadline.
final class Polling {
    private Polling() {}

    static void pause() {
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
}
