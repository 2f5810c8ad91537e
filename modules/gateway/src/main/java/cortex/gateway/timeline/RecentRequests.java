package cortex.gateway.timeline;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The requests that ended last, as many as configured. Safe for use by many threads; to remember
/// one costs a reference.
public final class RecentRequests {
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final @Nullable Ended[] ring;

    @GuardedBy("lock")
    private long count;

    private record Ended(RequestTimeline timeline, Instant at, long nanos) {
        Map<String, @Nullable Object> told() {
            return timeline.told(at, nanos);
        }
    }

    /// Remembers the last `size`; none when it is 0.
    public RecentRequests(int size) {
        ring = new Ended[size];
    }

    /// A request has ended, now and at monotonic `nanos`. Its timeline must not change any more.
    public void add(RequestTimeline timeline, Instant now, long nanos) {
        lock.lock();
        try {
            if (ring.length > 0) {
                ring[(int) (count++ % ring.length)] = new Ended(timeline, now, nanos);
            }
        } finally {
            lock.unlock();
        }
    }

    /// All that are remembered, the newest first, each as {@link RequestTimeline#told} has it.
    public List<Map<String, @Nullable Object>> newestFirst() {
        return copy().stream().map(Ended::told).toList();
    }

    /// Those with this id, the newest first. Clients choose ids, so several may have the same.
    public List<Map<String, @Nullable Object>> find(String id) {
        return copy().stream()
                .filter(ended -> ended.timeline().id().equals(id))
                .map(Ended::told)
                .toList();
    }

    private List<Ended> copy() {
        List<Ended> all = new ArrayList<>();
        lock.lock();
        try {
            for (long i = count - 1; i >= Math.max(0, count - ring.length); i--) {
                Ended ended = ring[(int) (i % ring.length)];
                if (ended != null) {
                    all.add(ended);
                }
            }
        } finally {
            lock.unlock();
        }
        return all;
    }
}
