package cortex.relay.http;

import cortex.core.time.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/// A clock that goes on only when somebody sleeps or sets it.
public final class HandClock implements Time {
    private final AtomicLong nanos;

    public HandClock(long nanos) {
        this.nanos = new AtomicLong(nanos);
    }

    @Override
    public Instant now() {
        return Instant.EPOCH;
    }

    @Override
    public long nanos() {
        return nanos.get();
    }

    @Override
    public void sleep(Duration duration) {
        nanos.addAndGet(duration.toNanos());
    }
}
