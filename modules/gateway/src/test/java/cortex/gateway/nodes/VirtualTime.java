package cortex.gateway.nodes;

import cortex.core.time.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/// A clock that moves only when somebody sleeps, and then at once.
public final class VirtualTime implements Time {
    private final AtomicLong nanos = new AtomicLong(1_000_000_000L);

    @Override
    public Instant now() {
        return Instant.EPOCH.plusNanos(nanos.get());
    }

    @Override
    public long nanos() {
        return nanos.get();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("told to stop");
        }
        nanos.addAndGet(duration.toNanos());
    }
}
