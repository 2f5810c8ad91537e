package cortex.relay.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.log.LogLine;
import cortex.core.time.Time;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// The log lines of those who were not let in, as many as a log can take: {@link #BURST} at once,
/// then one each {@link #EVERY}, which says how many were left out before it. Safe for use by many
/// threads.
public final class RefusalLog {
    /// How many lines may come at once after a quiet time.
    public static final int BURST = 20;

    /// How often there may be another one.
    public static final Duration EVERY = Duration.ofSeconds(3);

    /// How long a client's refusals for the same reason share one line.
    public static final Duration SAME_AGAIN = Duration.ofMinutes(10);

    /// How many clients and reasons are remembered for that.
    private static final int MOST_KNOWN = 64;

    private static final System.Logger LOG = System.getLogger("cortex.requests");

    private final Time time;
    private final ReentrantLock lock = new ReentrantLock();

    /// When the last of the lines that were written would have come, had they kept their distance.
    @GuardedBy("lock")
    private long spentUntil;

    @GuardedBy("lock")
    private long leftOut;

    @GuardedBy("lock")
    private final Map<String, Repeats> known =
            new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Repeats> eldest) {
                    return size() > MOST_KNOWN;
                }
            };

    /// Counts the lines that one line stands for.
    private static final class Repeats {
        private final long since;
        private long leftOut;

        Repeats(long since) {
            this.since = since;
        }
    }

    /// An empty log.
    public RefusalLog(Time time) {
        this.time = time;
        this.spentUntil = time.nanos() - EVERY.toNanos() * BURST;
    }

    /// A line to fill in and hand to {@link #write}.
    public static LogLine line() {
        return LogLine.of("refused");
    }

    /// Writes a line, unless there were too many just now.
    public void write(LogLine line) {
        long before = admit();
        if (before >= 0) {
            line.with("left_out", before == 0 ? null : before).log(LOG, System.Logger.Level.INFO);
        }
    }

    /// Writes a line of a client that may ask again and again: once, then each {@link #SAME_AGAIN}
    /// with the number left out. `same` names the client and the reason.
    public void writeOnce(String same, LogLine line) {
        long now = time.nanos();
        long before;
        lock.lock();
        try {
            Repeats repeats = known.get(same);
            if (repeats != null && now - repeats.since < SAME_AGAIN.toNanos()) {
                repeats.leftOut++;
                return;
            }
            before = repeats == null ? 0 : repeats.leftOut;
            known.put(same, new Repeats(now));
        } finally {
            lock.unlock();
        }
        write(before == 0 ? line : line.with("repeats_left_out", before));
    }

    /// How many lines were left out before this one, which may be written; -1 when it may not.
    private long admit() {
        long now = time.nanos();
        lock.lock();
        try {
            long full = now - EVERY.toNanos() * BURST;
            long next = (spentUntil - full > 0 ? spentUntil : full) + EVERY.toNanos();
            if (next - now > 0) {
                leftOut++;
                return -1;
            }
            spentUntil = next;
            long before = leftOut;
            leftOut = 0;
            return before;
        } finally {
            lock.unlock();
        }
    }
}
