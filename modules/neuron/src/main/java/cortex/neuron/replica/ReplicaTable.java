package cortex.neuron.replica;

import cortex.core.node.LoadRequest;
import cortex.core.node.ModelStatus;
import cortex.core.node.UnloadRequest;
import cortex.neuron.harness.EngineEnd;
import cortex.neuron.harness.Harness;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The replicas by id and by model, and the legal moves between their states. Has no lock of its
/// own: it belongs to {@link ReplicaBook} and is used under its lock only.
final class ReplicaTable {
    /// Every replica that is not verified gone, and the last ones that failed, oldest first.
    private final Map<String, Replica> byId = new LinkedHashMap<>();

    /// The newest replica of each model.
    private final Map<String, Replica> byModel = new LinkedHashMap<>();

    private final Map<String, Usage> usage = new LinkedHashMap<>();

    /// How long a model that failed rests before it may be started again: this, doubling to the
    /// longest.
    private static final Duration FIRST_REST = Duration.ofSeconds(1);

    private static final Duration LONGEST_REST = Duration.ofMinutes(1);

    /// So many deaths in a row, each with requests in the engine, cost no rest.
    private static final int FREE_DEATHS = 6;

    /// A replica that served for so long did not fail to start; its next failure is a first one.
    private static final Duration HEALTHY = Duration.ofMinutes(1);

    /// Models that failed, of which somebody may still want to know why.
    private static final int MOST_FAILED = 64;

    /// What is kept of one harness beyond its replicas.
    static final class Usage {
        private static final int MOST_GONE = 256;

        private final Set<String> gone = new LinkedHashSet<>();
        private int cycles;
        private int starts;

        /// It is being restarted: nothing is loaded in it meanwhile.
        boolean restarting;

        /// Replicas that have gone, the last ones.
        Set<String> gone() {
            return Set.copyOf(gone);
        }

        /// Models loaded and gone again since the harness's process started.
        int cycles(Harness harness) {
            if (starts != harness.starts()) {
                starts = harness.starts();
                cycles = 0;
            }
            return cycles;
        }

        /// Starts to count anew; how many there had been.
        int reset(Harness harness) {
            int before = cycles;
            starts = harness.starts();
            cycles = 0;
            gone.clear();
            return before;
        }

        private void ended(Replica replica) {
            gone.add(replica.id);
            if (gone.size() > MOST_GONE) {
                gone.remove(gone.iterator().next());
            }
            if (replica.facts != null && !restarting) {
                cycles = cycles(replica.harness) + 1;
            }
        }
    }

    /// What is kept of a harness.
    Usage usage(Harness harness) {
        return usage.computeIfAbsent(harness.name(), name -> new Usage());
    }

    /// The requests at all models of a harness.
    int inFlight(Harness harness) {
        return of(harness).stream().mapToInt(replica -> replica.inFlight).sum();
    }

    /// The replicas of a harness.
    List<Replica> of(Harness harness) {
        return byId.values().stream()
                .filter(replica -> replica.harness.name().equals(harness.name()))
                .toList();
    }

    Collection<Replica> all() {
        return byId.values();
    }

    @Nullable Replica replica(String id) {
        return byId.get(id);
    }

    @Nullable Replica ofModel(String modelId) {
        return byModel.get(modelId);
    }

    /// Adds a replica that is loading; it takes the place of a failed one and waits for one that is
    /// being unloaded.
    Replica add(String id, LoadRequest request, Harness harness, long now) {
        Replica previous = byModel.get(request.modelId());
        Replica fresh = new Replica(id, request, harness, now);
        if (previous != null && previous.status == ModelStatus.FAILED) {
            byId.remove(previous.id);
            fresh.failures = previous.failures;
            fresh.deathsAtWork = previous.deathsAtWork;
        } else {
            fresh.predecessor = previous;
        }
        byId.put(id, fresh);
        byModel.put(request.modelId(), fresh);
        return fresh;
    }

    /// The replica that an unload means, or null when it is not there any more.
    @Nullable Replica find(UnloadRequest request) {
        String wanted = request.replica();
        if (wanted == null) {
            return byModel.get(request.modelId());
        }
        Replica replica = byId.get(wanted);
        boolean same = replica != null && replica.request.modelId().equals(request.modelId());
        return same ? replica : null;
    }

    /// From now on nobody enters; a failed one is forgotten.
    void unloading(Replica replica) {
        if (replica.status == ModelStatus.FAILED) {
            forget(replica);
        } else {
            replica.status = ModelStatus.UNLOADING;
        }
    }

    /// The engine is gone: forgotten when that was wanted, else failed.
    void ended(Replica replica, @Nullable EngineEnd end, long now) {
        replica.engine = null;
        replica.inFlightAtEnd = replica.inFlight;
        usage(replica.harness).ended(replica);
        if (replica.status == ModelStatus.UNLOADING || end == null) {
            forget(replica);
            return;
        }
        boolean loaded = replica.status == ModelStatus.LOADED;
        boolean served = loaded && now - replica.since > HEALTHY.toNanos();
        replica.failures = served ? 1 : replica.failures + 1;
        boolean atWork = loaded && replica.inFlight > 0;
        replica.deathsAtWork = !atWork ? 0 : served ? 1 : replica.deathsAtWork + 1;
        // An engine that was ready has shown that it can start: its first death costs no rest. Of
        // deaths at requests the next few cost none either: the gateway holds off whoever asked.
        int free = replica.deathsAtWork > 0 ? FREE_DEATHS : loaded ? 1 : 0;
        int counted = replica.failures - free;
        replica.retryAt = now + rest(counted).toNanos();
        replica.end = end;
        replica.status = ModelStatus.FAILED;
        byId.remove(replica.id);
        byId.put(replica.id, replica);
        forgetOldFailures();
    }

    /// Whoever may ask for loads may invent names without end.
    private void forgetOldFailures() {
        List<Replica> failed =
                byId.values().stream()
                        .filter(replica -> replica.status == ModelStatus.FAILED)
                        .toList();
        failed.subList(0, Math.max(0, failed.size() - MOST_FAILED)).forEach(this::forget);
    }

    /// How many are there that have an engine or are to have one.
    int present() {
        return (int)
                byId.values().stream()
                        .filter(replica -> replica.status != ModelStatus.FAILED)
                        .count();
    }

    /// The rest after the `failures`-th failure in a row, counted from 1; none after 0.
    private static Duration rest(int failures) {
        if (failures <= 0) {
            return Duration.ZERO;
        }
        int doublings = Math.clamp(failures - 1L, 0, 10);
        Duration rest = FIRST_REST.multipliedBy(1L << doublings);
        return rest.compareTo(LONGEST_REST) < 0 ? rest : LONGEST_REST;
    }

    private void forget(Replica replica) {
        byId.remove(replica.id);
        byModel.remove(replica.request.modelId(), replica);
    }
}
