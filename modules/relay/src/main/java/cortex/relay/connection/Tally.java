package cortex.relay.connection;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// Says in one line what was done to many connections, so that a flood of them is not one of log
/// lines. Owns the counts since the last line.
final class Tally {
    private static final System.Logger LOG = System.getLogger(Tally.class.getName());
    private static final Duration PERIOD = Duration.ofSeconds(10);

    /// What is done to a connection that is not served as it wishes.
    enum Event {
        GAVE_WAY("closed %d idle, since max_connections were open"),
        GAVE_WAY_TO_ITS_OWN("closed %d idle, since their clients opened more than their share"),
        REFUSED("refused %d, since none of max_connections waits"),
        REFUSED_SHARE("refused %d of clients that have their share"),
        HEAD_GAVE_WAY("closed %d whose heads did not end, since all heads together were too large"),
        OVERDUE("closed %d that kept the server waiting"),
        NO_DESCRIPTOR("could not accept %d times, since no file descriptor was free");

        private final String text;

        Event(String text) {
            this.text = text;
        }
    }

    private final String server;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<Event, Integer> counts = new EnumMap<>(Event.class);

    @GuardedBy("lock")
    private long lastLine;

    @GuardedBy("lock")
    private boolean said;

    Tally(String server) {
        this.server = server;
    }

    void count(Event event) {
        lock.lock();
        try {
            counts.merge(event, 1, Integer::sum);
        } finally {
            lock.unlock();
        }
    }

    /// Writes the line if there is something to say and the last one is long ago.
    void say(long now) {
        String line = line(now);
        if (line != null) {
            LOG.log(System.Logger.Level.INFO, line);
        }
    }

    @org.jspecify.annotations.Nullable
    String line(long now) {
        lock.lock();
        try {
            if (counts.isEmpty() || (said && now - lastLine < PERIOD.toNanos())) {
                return null;
            }
            StringBuilder line = new StringBuilder("connections of ").append(server).append(": ");
            String separator = "";
            for (Map.Entry<Event, Integer> count : counts.entrySet()) {
                line.append(separator).append(count.getKey().text.formatted(count.getValue()));
                separator = "; ";
            }
            counts.clear();
            said = true;
            lastLine = now;
            return line.toString();
        } finally {
            lock.unlock();
        }
    }
}
