package cortex.gateway.fleet;

import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.view.KnownModel;
import cortex.gateway.fleet.view.NodeView;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Is an immutable copy of the fleet for readers: dashboards, /ready, /v1/models. Never gates a
/// change. `known` has, by model, what the engine of its last replica said; that replica may be
/// gone.
public record FleetSnapshot(
        List<NodeView> nodes,
        List<ReplicaView> replicas,
        List<QueueView> queues,
        List<FootprintView> footprints,
        Map<String, KnownModel> known,
        Engines engines) {
    public FleetSnapshot {
        nodes = List.copyOf(nodes);
        replicas = List.copyOf(replicas);
        queues = List.copyOf(queues);
        footprints = List.copyOf(footprints);
        known = Map.copyOf(known);
    }

    /// Makes a fleet of whose engines nothing is reported.
    public FleetSnapshot(
            List<NodeView> nodes,
            List<ReplicaView> replicas,
            List<QueueView> queues,
            List<FootprintView> footprints,
            Map<String, KnownModel> known) {
        this(nodes, replicas, queues, footprints, known, Engines.NONE);
    }

    /// Makes a fleet in which nobody waits, nothing was measured and whose engines have said
    /// nothing.
    public FleetSnapshot(List<NodeView> nodes, List<ReplicaView> replicas) {
        this(nodes, replicas, List.of(), List.of(), Map.of());
    }

    /// Whether a node answers.
    public boolean isUp(String node) {
        return nodes.stream().anyMatch(view -> view.name().equals(node) && view.healthy());
    }

    /// Whether a model has a loaded replica.
    public boolean isLoaded(String model) {
        return replicas.stream().anyMatch(replica -> replica.isLoaded(model));
    }

    /// The tokens that some loaded replica of a model takes in one request; 0 when one of them does
    /// not tell.
    public int context(String model) {
        IntSummaryStatistics contexts =
                replicas.stream()
                        .filter(replica -> replica.isLoaded(model))
                        .mapToInt(replica -> replica.context() == null ? 0 : replica.context())
                        .summaryStatistics();
        return contexts.getMin() == 0 ? 0 : Math.max(0, contexts.getMax());
    }

    /// Is what nodes report of engines, by their loads: those that `ended` lately unasked, with the
    /// neuron's words (empty when it gave none); those that serve.
    public record Engines(Map<Long, String> ended, Set<Long> serving) {
        /// Nothing is known of any.
        public static final Engines NONE = new Engines(Map.of(), Set.of());

        public Engines {
            ended = Map.copyOf(ended);
            serving = Set.copyOf(serving);
        }
    }

    /// Is one replica. `status` LOADED means ready; `inFlight` are open leases of this gateway,
    /// `slots` how many requests the engine takes at once. `pinned`: never unloaded to make room,
    /// by the catalogue or by an operator. `etaSecs`: when loading, about how long it still takes;
    /// null when no load of the model was ever seen.
    public record ReplicaView(
            String model,
            String node,
            ModelStatus status,
            List<Integer> devices,
            int inFlight,
            @Nullable Long vramUsedMb,
            @Nullable Integer context,
            @Nullable String reason,
            @Nullable Integer slots,
            boolean pinned,
            @Nullable Double etaSecs) {
        public ReplicaView {
            devices = List.copyOf(devices);
        }

        private boolean isLoaded(String id) {
            return model.equals(id) && status == ModelStatus.LOADED;
        }

        /// Makes a replica of which no more is known.
        public ReplicaView(
                String model,
                String node,
                ModelStatus status,
                List<Integer> devices,
                int inFlight,
                @Nullable Long vramUsedMb,
                @Nullable Integer context,
                @Nullable String reason) {
            this(
                    model,
                    node,
                    status,
                    devices,
                    inFlight,
                    vramUsedMb,
                    context,
                    reason,
                    null,
                    false,
                    null);
        }
    }

    /// Is what waits for a model: `waiting` requests; `wanted` when an operator's load has not
    /// begun because there is no room yet.
    public record QueueView(String model, int waiting, boolean wanted) {}

    /// Is what a model was measured to take, in MiB over `devices` devices (0: in the host's
    /// memory), and how much more than its part (`unevenMb`) any of them may need. `catalogueMb` is
    /// what the catalogue says, `driftPct` how many percent more it takes than that, and `drifted`
    /// whether somebody should correct it.
    public record FootprintView(
            String model,
            String harness,
            @Nullable String quant,
            int devices,
            long mb,
            long unevenMb,
            @Nullable Long catalogueMb,
            @Nullable Double driftPct,
            boolean drifted) {}
}
