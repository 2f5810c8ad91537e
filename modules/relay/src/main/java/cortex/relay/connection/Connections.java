package cortex.relay.connection;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.time.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// All connections of a server: owns who may be one of them, who gives way when there are too many,
/// and one thread that closes those that keep the server waiting. A connection that waits, or whose
/// request's body does not come, or that does not take its answer, gives way to a newcomer; {@link
/// Leavers} has the order. One whose request was let in and that owes the server nothing never
/// does.
public final class Connections implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Connections.class.getName());
    private static final Duration LONGEST_PERIOD = Duration.ofSeconds(1);
    private static final Duration SHORTEST_PERIOD = Duration.ofMillis(20);

    /// What a connection that leaves for another's sake gets to let go of its descriptor.
    private static final Duration MOMENT = Duration.ofMillis(200);

    /// How many requests that were sent ahead are worked at side by side: of strangers, and of
    /// those who were let in.
    private static final int STRANGERS_TURNS = 2;

    private static final int TURNS = 4;

    /// How long one waits for its turn: a stranger that does not wait for answers may wait longer.
    private static final Duration STRANGERS_WAIT = Duration.ofSeconds(1);

    private static final Duration WAIT = Duration.ofMillis(100);

    /// What connections that were cut at the end of a drain get to end their threads.
    private static final Duration LAST_MOMENT = Duration.ofSeconds(2);

    private final Crowd crowd;
    private final Patience patience;
    private final Time time;
    private final Tally tally;
    private final Thread sweeper;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition fewer = lock.newCondition();
    private final Semaphore strangersTurns = new Semaphore(STRANGERS_TURNS, true);
    private final Semaphore turns = new Semaphore(TURNS, true);

    @GuardedBy("lock")
    private final Set<Connection> open = new LinkedHashSet<>();

    /// Those whose heads have begun and not ended, the oldest first, with the bytes they hold.
    @GuardedBy("lock")
    private final Map<Connection, Integer> heads = new LinkedHashMap<>();

    @GuardedBy("lock")
    private final Map<String, Share> shares = new HashMap<>();

    @GuardedBy("lock")
    private final Leavers leavers;

    @GuardedBy("lock")
    private long headBytes;

    @GuardedBy("lock")
    private boolean draining;

    /// What one client has.
    private static final class Share {
        final Set<Connection> open = new LinkedHashSet<>();
        final Leavers leavers;

        Share(int minRate) {
            leavers = new Leavers(minRate);
        }
    }

    /// The connections of one server, which the log calls by `name`.
    public Connections(String name, Crowd crowd, Patience patience, Time time) {
        this.crowd = crowd;
        this.patience = patience;
        this.time = time;
        leavers = new Leavers(patience.minRate());
        tally = new Tally(name);
        sweeper = Thread.ofVirtual().name("connections-" + name).unstarted(this::sweep);
    }

    /// Begins to close connections that keep the server waiting.
    public void start() {
        sweeper.start();
    }

    /// Takes a newcomer in, if need be in the place of one that does nothing.
    ///
    /// @param client who it counts for, or null when it may have as many as there are
    /// @return null when there is no place
    public @Nullable Connection admit(ClientSocket socket, @Nullable String client) {
        Connection newcomer = new Connection(socket, client, this, time);
        Connection leaves;
        Tally.Event event = null;
        lock.lock();
        try {
            Share share = client == null ? null : shares.get(client);
            leaves = null;
            if (share != null && share.open.size() >= crowd.maxPerClient()) {
                event = Tally.Event.REFUSED_SHARE;
                leaves = firstToLeave(share.open, share.leavers);
            } else if (open.size() >= crowd.maxConnections()) {
                event = Tally.Event.REFUSED;
                leaves = firstToLeave(open, leavers);
            }
            if (draining || (event != null && leaves == null)) {
                newcomer = null;
            } else {
                add(newcomer);
            }
        } finally {
            lock.unlock();
        }
        if (event != null) {
            tally.count(leaves == null ? event : gaveWay(event));
        }
        if (leaves != null) {
            leaves.cut();
        }
        return newcomer;
    }

    private static Tally.Event gaveWay(Tally.Event full) {
        return full == Tally.Event.REFUSED ? Tally.Event.GAVE_WAY : Tally.Event.GAVE_WAY_TO_ITS_OWN;
    }

    /// A turn of those who were let in, to be released; null when it takes too long.
    @Nullable Semaphore turn() throws InterruptedException {
        return turns.tryAcquire(WAIT.toNanos(), TimeUnit.NANOSECONDS) ? turns : null;
    }

    /// A stranger's turn, to be released; null when it takes too long.
    @Nullable Semaphore strangersTurn() throws InterruptedException {
        return strangersTurns.tryAcquire(STRANGERS_WAIT.toNanos(), TimeUnit.NANOSECONDS)
                ? strangersTurns
                : null;
    }

    /// Closes the first connection to give way because accepting failed.
    ///
    /// @return whether there was one
    public boolean makeRoom() {
        tally.count(Tally.Event.NO_DESCRIPTOR);
        Connection leaves;
        lock.lock();
        try {
            leaves = firstToLeave(open, leavers);
        } finally {
            lock.unlock();
        }
        if (leaves != null) {
            leaves.cut();
            // a socket that a thread reads is let go of by that thread; till then it takes a place
            leaves.awaitEnd(MOMENT);
        }
        return leaves != null;
    }

    /// Takes the next one out of the crowd; whoever asks closes it.
    @GuardedBy("lock")
    private @Nullable Connection firstToLeave(Set<Connection> from, Leavers order) {
        Connection leaves = order.next(from, time.nanos());
        if (leaves != null) {
            leave(leaves);
        }
        return leaves;
    }

    @GuardedBy("lock")
    private void add(Connection connection) {
        open.add(connection);
        if (connection.client() != null) {
            shares.computeIfAbsent(connection.client(), _ -> new Share(patience.minRate()))
                    .open
                    .add(connection);
        }
    }

    /// Its head, if it had one, has ended.
    @GuardedBy("lock")
    private void forget(Connection connection) {
        Integer held = heads.remove(connection);
        headBytes -= held == null ? 0 : held;
    }

    @GuardedBy("lock")
    private void leave(Connection connection) {
        forget(connection);
        if (open.remove(connection)) {
            Share share = shares.get(connection.client());
            if (share != null) {
                share.open.remove(connection);
                if (share.open.isEmpty()) {
                    shares.remove(connection.client());
                }
            }
            if (open.isEmpty()) {
                fewer.signalAll();
            }
        }
    }

    void busy(Connection connection) {
        lock.lock();
        try {
            forget(connection);
        } finally {
            lock.unlock();
        }
    }

    boolean waits(Connection connection) {
        lock.lock();
        try {
            return !draining && open.contains(connection);
        } finally {
            lock.unlock();
        }
    }

    /// A head that has not ended holds so many bytes; older ones give way until all together are
    /// within the limit.
    ///
    /// @return false when this one has to go
    public boolean holdsHead(Connection connection, int bytes) {
        List<Connection> leaving = new ArrayList<>(0);
        boolean stays = true;
        lock.lock();
        try {
            Integer before = heads.put(connection, bytes);
            headBytes += bytes - (before == null ? 0 : before);
            while (headBytes > crowd.maxHeads()) {
                Connection oldest = heads.keySet().iterator().next();
                stays &= oldest != connection;
                if (oldest != connection && oldest.giveUp()) {
                    leave(oldest);
                    leaving.add(oldest);
                } else {
                    forget(oldest);
                }
            }
        } finally {
            lock.unlock();
        }
        for (Connection older : leaving) {
            tally.count(Tally.Event.HEAD_GAVE_WAY);
            older.cut();
        }
        if (!stays) {
            tally.count(Tally.Event.HEAD_GAVE_WAY);
        }
        return stays;
    }

    /// The connection has ended.
    public void remove(Connection connection) {
        lock.lock();
        try {
            leave(connection);
        } finally {
            lock.unlock();
        }
        connection.end();
    }

    int size() {
        lock.lock();
        try {
            return open.size();
        } finally {
            lock.unlock();
        }
    }

    /// Closes all that wait or were refused, lets the others end their request within the grace,
    /// then cuts them.
    public void drain(Duration grace) {
        try {
            beginDrain().forEach(Connection::cut);
            if (!awaitNone(grace)) {
                all().forEach(Connection::cutHard);
                if (!awaitNone(LAST_MOMENT)) {
                    LOG.log(System.Logger.Level.DEBUG, "requests go on after they were cut");
                }
            }
        } catch (InterruptedException e) {
            all().forEach(Connection::cutHard);
            Thread.currentThread().interrupt();
        }
    }

    /// Whether the server is about to stop, and takes nobody any more.
    public boolean isDraining() {
        lock.lock();
        try {
            return draining;
        } finally {
            lock.unlock();
        }
    }

    private List<Connection> beginDrain() {
        lock.lock();
        try {
            draining = true;
            List<Connection> idle = new ArrayList<>();
            long now = time.nanos();
            for (Connection next : open) {
                if (next.giveUpToEnd(now, patience.minRate())) {
                    forget(next);
                    idle.add(next);
                }
            }
            return idle;
        } finally {
            lock.unlock();
        }
    }

    private boolean awaitNone(Duration longest) throws InterruptedException {
        lock.lock();
        try {
            long left = longest.toNanos();
            while (!open.isEmpty() && left > 0) {
                left = fewer.awaitNanos(left);
            }
            return open.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private List<Connection> all() {
        lock.lock();
        try {
            return List.copyOf(open);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        sweeper.interrupt();
    }

    private void sweep() {
        try {
            while (true) {
                time.sleep(period());
                long now = time.nanos();
                for (Connection connection : all()) {
                    if (connection.cutIfOverdue(now, patience)) {
                        tally.count(Tally.Event.OVERDUE);
                    }
                }
                tally.say(now);
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "the server has stopped");
        }
    }

    private Duration period() {
        Duration quarter = patience.shortest().dividedBy(4);
        if (quarter.compareTo(LONGEST_PERIOD) > 0) {
            return LONGEST_PERIOD;
        }
        return quarter.compareTo(SHORTEST_PERIOD) < 0 ? SHORTEST_PERIOD : quarter;
    }
}
