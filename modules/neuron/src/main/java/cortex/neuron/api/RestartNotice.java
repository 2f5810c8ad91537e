package cortex.neuron.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.node.NodeHealth;
import cortex.core.time.Time;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Tells gateways that the neuron is about to end and to be back, and knows which of them have
/// heard it. A gateway is known by its connection: it asks for the health, then for the models.
public final class RestartNotice {
    /// Who has not asked for so long is gone, or asks so seldom that nobody waits for it.
    private static final Duration RECENT = Duration.ofSeconds(10);

    private static final int MOST = 256;

    private final Waits waits;
    private final Time time;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition told = lock.newCondition();

    /// The connections that asked for the health, and when; the one that asked last comes last.
    @GuardedBy("lock")
    private final Map<String, Long> asked = new LinkedHashMap<>();

    /// The gateways, likewise.
    @GuardedBy("lock")
    private final Map<String, Long> gateways = new LinkedHashMap<>();

    /// The gateways that have not heard it; null before there is something to hear.
    @GuardedBy("lock")
    private @Nullable Set<String> untold;

    @GuardedBy("lock")
    private long begunAt;

    /// How long running answers may go on, and how long it takes from the end of this program until
    /// the next one serves.
    public record Waits(Duration drain, Duration back) {}

    /// A notice that is not given yet.
    public RestartNotice(Waits waits, Time time) {
        this.waits = waits;
        this.time = time;
    }

    /// From now on whoever asks is told.
    public void begin() {
        lock.lock();
        try {
            long now = time.nanos();
            begunAt = now;
            gateways.values().removeIf(at -> now - at > RECENT.toNanos());
            untold = new HashSet<>(gateways.keySet());
        } finally {
            lock.unlock();
        }
    }

    /// Waits until every gateway that asked a short time ago has been told. False when one has not.
    ///
    /// @param atMost how long to wait for them
    public boolean awaitTold(Duration atMost) throws InterruptedException {
        lock.lock();
        try {
            long left = atMost.toNanos();
            while (untold != null && !untold.isEmpty() && left > 0) {
                left = told.awaitNanos(left);
            }
            return untold == null || untold.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /// What whoever asks for the health over that connection is told; null when there is nothing to
    /// tell. `busy` when answers are on their way, which the end of this program waits for.
    NodeHealth.@Nullable Restarting healthAsked(String connection, boolean busy) {
        lock.lock();
        try {
            long now = time.nanos();
            note(asked, connection, now);
            if (untold == null) {
                return null;
            }
            Duration drain = busy ? waits.drain.minusNanos(now - begunAt) : Duration.ZERO;
            Duration back = waits.back.plus(drain.isNegative() ? Duration.ZERO : drain);
            return new NodeHealth.Restarting(back.toMillis() / 1000.0);
        } finally {
            lock.unlock();
        }
    }

    /// Somebody asked for the models over that connection: a gateway, if it has asked for the
    /// health before; then it has got all of its answer.
    void modelsAsked(String connection) {
        lock.lock();
        try {
            Long health = asked.get(connection);
            if (health == null) {
                return;
            }
            note(gateways, connection, time.nanos());
            if (untold != null && health - begunAt >= 0 && untold.remove(connection)) {
                told.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private static void note(Map<String, Long> of, String connection, long now) {
        of.remove(connection);
        of.put(connection, now);
        if (of.size() > MOST) {
            of.remove(of.keySet().iterator().next());
        }
    }
}
