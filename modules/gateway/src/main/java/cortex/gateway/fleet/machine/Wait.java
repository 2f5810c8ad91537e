package cortex.gateway.fleet.machine;

import cortex.gateway.placement.Decision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Holds what is known while somebody waits for a model, requests or an operator. It is made when
/// the first one begins to wait and dropped when nobody does any more.
final class Wait {
    /// So many loads may be lost on one node.
    private static final int ATTEMPTS = 3;

    private final ModelState model;
    private @Nullable Wanted wanted;
    private @Nullable Claim claim;
    private Set<Replica> drainingFor = Set.of();
    private @Nullable Decision decision;

    /// How often loads failed on each node since the wait began, or since one was successful.
    private final Map<NodeState, Integer> failedLoads = new HashMap<>();

    Wait(ModelState model) {
        this.model = model;
    }

    /// Is memory on a node's devices that the model is about to get; others do not count on it.
    record Claim(NodeState node, List<Integer> devices, List<Long> sharesMb) {}

    /// Is an operator's wish to have the model loaded, on `node` or anywhere, since a time.
    record Wanted(long id, @Nullable NodeState node, long since) {}

    ModelState model() {
        return model;
    }

    /// Returns the operator's load that has not been successful yet, or null.
    @Nullable Wanted wanted() {
        return wanted;
    }

    void want(@Nullable Wanted now) {
        wanted = now;
    }

    /// Returns the memory it is about to get, or null.
    @Nullable Claim claim() {
        return claim;
    }

    /// Claims memory instead of what it claimed before; the planner's view of both nodes changes.
    void claim(@Nullable Claim now) {
        if (claim != null) {
            claim.node().touchRoom();
        }
        if (now != null) {
            now.node().touchRoom();
        }
        claim = now;
    }

    /// Returns the replicas that drain so that the model gets its turn.
    Set<Replica> drainingFor() {
        return drainingFor;
    }

    void drainingFor(Set<Replica> replicas) {
        drainingFor = replicas;
    }

    /// Returns what was last decided about loading the model; null before anything was.
    @Nullable Decision decision() {
        return decision;
    }

    /// Notes a decision.
    ///
    /// @return whether it differs from the one before
    boolean decided(Decision now) {
        boolean news = decision == null || !decision.sameAs(now);
        decision = now;
        return news;
    }

    /// Counts a load that failed on a node. One that failed for sure is enough for this wait; one
    /// that was lost is not the model's fault, until that happens again and again.
    void loadFailed(NodeState node, boolean certain) {
        failedLoads.merge(node, certain ? ATTEMPTS : 1, Integer::sum);
    }

    /// Returns whether the model has failed on a node so often that this wait expects no more of
    /// it.
    boolean gaveUp(NodeState node) {
        return failedLoads.getOrDefault(node, 0) >= ATTEMPTS;
    }

    void loaded() {
        failedLoads.clear();
    }
}
