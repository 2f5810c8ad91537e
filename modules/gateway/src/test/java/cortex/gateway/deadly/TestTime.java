package cortex.gateway.deadly;

import cortex.core.time.Time;
import java.time.Duration;
import java.time.Instant;

/// A clock that a test moves on.
final class TestTime implements Time {
    private long nanos;

    void pass(Duration duration) {
        nanos += duration.toNanos();
    }

    @Override
    public Instant now() {
        return Instant.EPOCH.plusNanos(nanos);
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public void sleep(Duration duration) {
        pass(duration);
    }
}
