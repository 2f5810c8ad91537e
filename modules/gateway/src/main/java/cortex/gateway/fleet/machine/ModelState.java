package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.fleet.machine.ReplicaState.Ready;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One model: who waits for it, where it is loaded, where loading it failed. Changed by the machine
/// only.
final class ModelState {
    final String id;
    final WaitQueue queue;
    final List<Replica> replicas = new ArrayList<>();

    /// Where its last load failed, by node.
    final Map<String, Backoff> failures = new LinkedHashMap<>();

    /// Null for a model found on a neuron that the catalogue does not know.
    @Nullable ModelProfile profile;

    /// The room it waits for; others do not count on it.
    @Nullable Claim claim;

    /// Loads that failed since somebody began to wait.
    int attempts;

    /// How long its last load took, in seconds; null before the first.
    @Nullable Double loadSecs;

    ModelState(String id, int maxWaiters) {
        this.id = id;
        this.queue = new WaitQueue(maxWaiters);
    }

    /// Memory on a node's devices that a waiting model is about to get.
    record Claim(NodeState node, List<Integer> slots, long perDeviceMb) {}

    /// The reachable replica with the fewest requests in flight, the oldest of equals; null when
    /// none is ready.
    @Nullable Replica leastBusy() {
        Replica best = null;
        int fewest = Integer.MAX_VALUE;
        for (int i = 0; i < replicas.size(); i++) {
            Replica replica = replicas.get(i);
            if (replica.state() instanceof Ready ready
                    && ready.inFlight() < fewest
                    && replica.reachable()) {
                best = replica;
                fewest = ready.inFlight();
            }
        }
        return best;
    }

    /// Whether a replica is about to be ready without anything being done.
    boolean expectsReplica() {
        return replicas.stream()
                .filter(Replica::reachable)
                .map(Replica::state)
                .anyMatch(s ->
                        s instanceof ReplicaState.Loading || s instanceof ReplicaState.Suspect);
    }

    /// How often in a row a load failed in one place, why, and when it may be tried again: two
    /// seconds after the first time, doubled each time, two minutes at most.
    record Backoff(int failures, String reason, long retryAt) {
        private static final Duration FIRST = Duration.ofSeconds(2);
        private static final Duration LONGEST = Duration.ofMinutes(2);
        private static final int DOUBLINGS = 6;

        static Backoff first(String reason, long now) {
            return new Backoff(1, reason, now + FIRST.toNanos());
        }

        Backoff again(String reason, long now) {
            long wait = FIRST.toNanos() << Math.min(failures, DOUBLINGS);
            return new Backoff(failures + 1, reason, now + Math.min(wait, LONGEST.toNanos()));
        }
    }
}
