package cortex.core.time;

import java.time.Duration;
import java.time.Instant;

/// The machine's own clock.
public final class SystemTime implements Time {
    /// A view of the machine's clock; holds nothing.
    public SystemTime() {}

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        if (duration.isPositive()) {
            Thread.sleep(duration);
        }
    }
}
