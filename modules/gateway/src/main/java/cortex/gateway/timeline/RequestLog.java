package cortex.gateway.timeline;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.time.Time;
import cortex.relay.http.RefusalLog;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// Writes one line for each request that ended. Failures for which no engine was asked cost a
/// client next to nothing: of one client's with one outcome as many are written as a {@link
/// RefusalLog} takes. Safe for use by many threads.
public final class RequestLog {
    /// How many clients and outcomes are told apart.
    private static final int MOST_KNOWN = 256;

    private static final System.Logger LOG = System.getLogger("cortex.requests");

    private final Time time;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<String, RefusalLog> failures =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, RefusalLog> eldest) {
                    return size() > MOST_KNOWN;
                }
            };

    /// An empty log.
    public RequestLog(Time time) {
        this.time = time;
    }

    /// Writes the line of a request that ended at `now`, unless there are too many of its kind.
    public void write(RequestTimeline timeline, long now) {
        String kind = timeline.cheapFailure();
        if (kind == null) {
            timeline.line(now).log(LOG, System.Logger.Level.INFO);
        } else {
            of(kind).write(timeline.line(now));
        }
    }

    private RefusalLog of(String kind) {
        lock.lock();
        try {
            return failures.computeIfAbsent(kind, _ -> new RefusalLog(time));
        } finally {
            lock.unlock();
        }
    }
}
