package cortex.neuron.replica;

import cortex.core.node.LoadRequest;
import cortex.core.node.ModelStatus;
import cortex.core.node.UnloadRequest;
import cortex.neuron.harness.Harness;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The replicas by id and by model, and the legal moves between their states. Has no lock of its
/// own: it belongs to {@link ReplicaHost} and is used under its lock only.
final class ReplicaTable {
    /// Every replica that is not verified gone, and the failed ones, oldest first.
    private final Map<String, Replica> byId = new LinkedHashMap<>();

    /// The newest replica of each model.
    private final Map<String, Replica> byModel = new LinkedHashMap<>();

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

    /// From now on nobody enters; a failed one is forgotten. Returns the engine that is to stop.
    Harness.@Nullable Engine unloading(Replica replica) {
        if (replica.status == ModelStatus.FAILED) {
            forget(replica);
        } else {
            replica.status = ModelStatus.UNLOADING;
        }
        return replica.engine;
    }

    /// The engine is gone: forgotten when that was wanted, else failed for `reason`.
    void ended(Replica replica, @Nullable String reason, long now) {
        replica.engine = null;
        if (replica.status == ModelStatus.UNLOADING || reason == null) {
            forget(replica);
            return;
        }
        boolean loaded = replica.status == ModelStatus.LOADED;
        boolean served = loaded && now - replica.since > Backoff.HEALTHY.toNanos();
        replica.failures = served ? 1 : replica.failures + 1;
        // An engine that was ready has shown that it can start: its first death costs no rest.
        int counted = loaded ? replica.failures - 1 : replica.failures;
        replica.retryAt = now + Backoff.after(counted).toNanos();
        replica.reason = reason;
        replica.status = ModelStatus.FAILED;
    }

    private void forget(Replica replica) {
        byId.remove(replica.id);
        byModel.remove(replica.request.modelId(), replica);
    }
}
