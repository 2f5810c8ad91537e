package cortex.neuron.process;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/// Waits for something to become true, with a deadline.
public final class Poll {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Poll() {}

    /// Fails, naming `what`, when it does not become true within 30 s.
    public static void until(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("never: " + what);
            }
            LockSupport.parkNanos(10_000_000);
        }
    }
}
