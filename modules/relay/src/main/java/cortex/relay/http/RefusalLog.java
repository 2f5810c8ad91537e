package cortex.relay.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.log.LogLine;
import cortex.core.time.Time;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// Writes the log lines of those who were not let in, as many as a log can take: of one client's
/// for one reason {@link #BURST} at once, then one each {@link #EVERY}; of all of them {@link
/// #BURST_OF_ALL} at once, then one each {@link #EVERY_OF_ALL}. So a client that is refused again
/// and again hides nobody else. Each line says how many were left out before it. Safe for use by
/// many threads.
public final class RefusalLog {
    /// How many lines of one kind may come at once after a quiet time.
    public static final int BURST = 20;

    /// How often there may be another one.
    public static final Duration EVERY = Duration.ofSeconds(3);

    /// How many lines of all kinds may come at once after a quiet time.
    public static final int BURST_OF_ALL = 400;

    /// How often there may be another one.
    public static final Duration EVERY_OF_ALL = Duration.ofMillis(500);

    /// How long a client's refusals for the same reason share one line.
    public static final Duration SAME_AGAIN = Duration.ofMinutes(10);

    /// How many clients and reasons are told apart.
    private static final int MOST_KNOWN = 256;

    private static final System.Logger LOG = System.getLogger("cortex.requests");

    private final Time time;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Pace all;

    @GuardedBy("lock")
    private final Map<String, Pace> kinds =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Pace> eldest) {
                    return size() > MOST_KNOWN;
                }
            };

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

    /// How many lines may come: a burst, then one each so often.
    private static final class Pace {
        private final long burst;
        private final long every;

        /// When the last of the lines that were written would have come, had they kept their
        /// distance.
        private long spentUntil;

        private long leftOut;

        Pace(int burst, Duration every, long now) {
            this.every = every.toNanos();
            this.burst = this.every * burst;
            this.spentUntil = now - this.burst;
        }

        boolean allows(long now) {
            return next(now) - now <= 0;
        }

        private long next(long now) {
            long full = now - burst;
            return (spentUntil - full > 0 ? spentUntil : full) + every;
        }

        /// How many lines were left out before this one.
        long take(long now) {
            spentUntil = next(now);
            long before = leftOut;
            leftOut = 0;
            return before;
        }
    }

    /// An empty log.
    public RefusalLog(Time time) {
        this.time = time;
        this.all = new Pace(BURST_OF_ALL, EVERY_OF_ALL, time.nanos());
    }

    /// A line to fill in and hand to {@link #write}.
    public static LogLine line() {
        return LogLine.of("refused");
    }

    /// Writes a line, unless there were too many just now of its kind or of all. `kind` names the
    /// client and the reason.
    public void write(String kind, LogLine line) {
        long before = admit(kind);
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
        write(same, before == 0 ? line : line.with("repeats_left_out", before));
    }

    /// How many lines were left out before this one, which may be written; -1 when it may not.
    private long admit(String kind) {
        long now = time.nanos();
        lock.lock();
        try {
            Pace own = kinds.computeIfAbsent(kind, _ -> new Pace(BURST, EVERY, now));
            if (!own.allows(now)) {
                own.leftOut++;
                return -1;
            }
            if (!all.allows(now)) {
                all.leftOut++;
                return -1;
            }
            return own.take(now) + all.take(now);
        } finally {
            lock.unlock();
        }
    }
}
