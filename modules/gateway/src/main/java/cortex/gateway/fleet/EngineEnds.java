package cortex.gateway.fleet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.failure.Outward;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.time.Time;
import cortex.gateway.fleet.machine.FleetEvent.NodeReported;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Warns of each engine that ended though nobody asked it to, once: whoever sees it first, a
/// request that was in it or its node's report, and whatever its end was. Bounded by what nodes
/// list. Safe for use by many threads.
public final class EngineEnds {
    private static final System.Logger LOG = System.getLogger(EngineEnds.class.getName());

    /// Says how far apart a request that was in an engine and its node's report notice the same
    /// end.
    private static final long SAME = Duration.ofSeconds(10).toNanos();

    private static final int MOST = 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Time time;

    /// The engines that each node listed as loaded last, by the node's own ids.
    @GuardedBy("lock")
    private final Map<String, Set<String>> loaded = new HashMap<>();

    /// The last end that was reported of each model's engines on a node.
    @GuardedBy("lock")
    private final Map<Engine, End> lastEnds =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Engine, End> eldest) {
                    return size() > MOST;
                }
            };

    private record Engine(String node, String model) {}

    /// Is the end of one engine: of which load, by the gateway's number and by the node's id; null
    /// is not known yet.
    private record End(@Nullable Long generation, @Nullable String replica, long at) {
        /// Returns whether `other`, which knows one of both, is the same one.
        boolean isAlso(End other) {
            boolean near = other.at - at <= SAME;
            return other.generation != null
                    ? same(generation, other.generation, near)
                    : same(replica, other.replica, near);
        }

        private static boolean same(@Nullable Object one, @Nullable Object other, boolean near) {
            return one == null ? near : one.equals(other);
        }

        End with(End other) {
            return new End(
                    generation == null ? other.generation : generation,
                    replica == null ? other.replica : replica,
                    at);
        }
    }

    /// Names a replica: where it is, of what, and of which load.
    public record ReplicaName(String node, String model, long generation) {}

    /// Makes one that has seen nothing yet.
    public EngineEnds(Time time) {
        this.time = time;
    }

    /// Tells of a request that was in a replica's engine when that ended: with a warning when this
    /// end was not logged before, else beside it.
    public void noted(ReplicaName replica, String sentence) {
        boolean first =
                first(
                        new Engine(replica.node(), replica.model()),
                        new End(replica.generation(), null, time.nanos()));
        LOG.log(first ? System.Logger.Level.WARNING : System.Logger.Level.INFO, sentence);
    }

    /// Looks through a node's report for engines that served in its last one and have ended.
    public void reported(NodeReported report) {
        Set<String> now = new HashSet<>();
        Set<String> before;
        for (ModelInfo entry : report.models()) {
            if (entry.status() == ModelStatus.LOADED) {
                now.add(entry.replica());
            }
        }
        lock.lock();
        try {
            Set<String> last = loaded.put(report.node(), now);
            before = last == null ? Set.of() : last;
        } finally {
            lock.unlock();
        }
        for (ModelInfo entry : report.models()) {
            boolean ended = entry.status() == ModelStatus.FAILED;
            if (ended && before.contains(entry.replica()) && first(report.node(), entry)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0} of {1} on {2}, as its node reports: {3}",
                        ending(entry),
                        entry.id(),
                        report.node(),
                        reason(entry));
            }
        }
    }

    private static String ending(ModelInfo entry) {
        String ending = Outward.ending(reason(entry));
        return ending.startsWith("the engine") ? ending : "the engine ended";
    }

    /// What the engine printed is in its node's log, and not for this one: it may hold a prompt.
    private static String reason(ModelInfo entry) {
        String reason = entry.engine().reason();
        return reason == null ? "it says no more" : reason;
    }

    private boolean first(String node, ModelInfo entry) {
        return first(new Engine(node, entry.id()), new End(null, entry.replica(), time.nanos()));
    }

    private boolean first(Engine engine, End end) {
        lock.lock();
        try {
            End last = lastEnds.remove(engine);
            boolean first = last == null || !last.isAlso(end);
            lastEnds.put(engine, last == null || first ? end : last.with(end));
            return first;
        } finally {
            lock.unlock();
        }
    }
}
