package cortex.gateway.loading;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.node.Discovery;
import cortex.core.time.Time;
import cortex.gateway.fleet.machine.FleetEvent.NodeReported;
import cortex.gateway.fleet.view.Plan;
import cortex.gateway.placement.Decision;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Knows the models of the catalogue that no node can ever hold, as soon as every node has told
/// what it has, and warns of each once. Looks again when a host has changed, and now and then,
/// since what models take is learned. Safe for use by many threads.
public final class Unservable {
    private static final System.Logger LOG = System.getLogger(Unservable.class.getName());

    private static final long AGAIN = Duration.ofMinutes(1).toNanos();

    private final Catalogue catalogue;
    private final Function<ModelProfile, Plan> plan;
    private final Time time;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<String, Discovery> hosts = new HashMap<>();

    @GuardedBy("lock")
    private @Nullable Long lookedAt;

    private volatile Set<String> models = Set.of();

    /// Looks through `catalogue` with what `plan` says of each model.
    public Unservable(Catalogue catalogue, Function<ModelProfile, Plan> plan, Time time) {
        this.catalogue = catalogue;
        this.plan = plan;
        this.time = time;
    }

    /// Whether no node can ever hold the model of this id, as far as that is known.
    public boolean has(String model) {
        return models.contains(model);
    }

    /// A node has reported, and the fleet knows it.
    void reported(NodeReported report) {
        if (due(report)) {
            Map<String, String> never = new TreeMap<>();
            for (ModelProfile profile : catalogue.profiles()) {
                Plan made = plan.apply(profile);
                if (made.load().outcome() == Decision.Outcome.NEVER && made.replicas().isEmpty()) {
                    never.put(profile.id(), made.load().text());
                }
            }
            tell(never);
        }
    }

    /// Warns of those that are not known yet: of each once, whoever finds it at the same time.
    private void tell(Map<String, String> never) {
        Map<String, String> fresh = new TreeMap<>(never);
        lock.lock();
        try {
            fresh.keySet().removeAll(models);
            models = Set.copyOf(never.keySet());
        } finally {
            lock.unlock();
        }
        fresh.forEach((model, why) ->
                LOG.log(
                        System.Logger.Level.WARNING,
                        "'{0}' {1}. Correct it in the catalogue, or add a node that holds" + " it",
                        model,
                        why));
    }

    private boolean due(NodeReported report) {
        long now = time.nanos();
        lock.lock();
        try {
            Discovery host = report.discovery();
            boolean changed = host != null && !host.equals(hosts.put(report.node(), host));
            if (changed || lookedAt == null || now - lookedAt > AGAIN) {
                lookedAt = now;
                return true;
            }
            return false;
        } finally {
            lock.unlock();
        }
    }
}
