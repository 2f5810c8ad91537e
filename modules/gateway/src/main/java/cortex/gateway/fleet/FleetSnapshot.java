package cortex.gateway.fleet;

import cortex.core.engine.EngineTraits;
import cortex.core.node.Discovery;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth;
import cortex.gateway.fleet.machine.NodeState;
import java.net.URI;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An immutable copy of the fleet for readers: dashboards, /ready, /v1/models. Never gates a
/// change. `known` has, by model, what the engine of its last replica told, which may be gone.
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

    /// A fleet of whose engines nothing is reported.
    public FleetSnapshot(
            List<NodeView> nodes,
            List<ReplicaView> replicas,
            List<QueueView> queues,
            List<FootprintView> footprints,
            Map<String, KnownModel> known) {
        this(nodes, replicas, queues, footprints, known, Engines.NONE);
    }

    /// A fleet in which nobody waits, nothing was measured and whose engines have told nothing.
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

    /// What nodes report of engines, by their loads: those that `ended` lately without being told
    /// to, with the neuron's words (empty when it gave none); those that serve.
    public record Engines(Map<Long, String> ended, Set<Long> serving) {
        /// Nothing is known of any.
        public static final Engines NONE = new Engines(Map.of(), Set.of());

        public Engines {
            ended = Map.copyOf(ended);
            serving = Set.copyOf(serving);
        }
    }

    /// What an engine told of a model: how many requests it takes at once, the tokens one of them
    /// may have (null is unknown), and what the model can do.
    public record KnownModel(
            @Nullable Integer slots, @Nullable Integer context, EngineTraits traits) {
        /// No engine has told anything.
        public static final KnownModel NOTHING = new KnownModel(null, null, EngineTraits.UNKNOWN);
    }

    /// One configured node. `answered` once any poll ever succeeded; `problem` says why it is not
    /// healthy, null when it is. `draining`: an operator took it out of use; `pins` are the models
    /// an operator pinned there; `restarting` is the harness that is being restarted;
    /// `unknownModels` are there though the catalogue does not have them.
    public record NodeView(
            String name,
            URI endpoint,
            boolean healthy,
            boolean answered,
            @Nullable String problem,
            @Nullable Discovery discovery,
            @Nullable NodeHealth health,
            boolean draining,
            List<String> pins,
            @Nullable String restarting,
            NodeState.Unknown unknownModels) {
        public NodeView {
            pins = List.copyOf(pins);
        }

        /// A node of which no operator wants anything.
        public NodeView(
                String name,
                URI endpoint,
                boolean healthy,
                boolean answered,
                @Nullable String problem,
                @Nullable Discovery discovery,
                @Nullable NodeHealth health) {
            this(
                    name,
                    endpoint,
                    healthy,
                    answered,
                    problem,
                    discovery,
                    health,
                    false,
                    List.of(),
                    null,
                    NodeState.Unknown.NONE);
        }
    }

    /// One replica. `status` LOADED means ready; `inFlight` are open leases of this gateway,
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

        /// A replica of which no more is known.
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

    /// Who waits for a model: `waiting` requests; `wanted` when an operator's load has not begun
    /// because there is no room yet.
    public record QueueView(String model, int waiting, boolean wanted) {}

    /// What a model was measured to take, in MiB over `devices` devices (0: in the host's memory),
    /// and how much more than its part (`unevenMb`) any of them may need. `catalogueMb` is what the
    /// catalogue says, `driftPct` how many percent more it takes than that, and `drifted` whether
    /// somebody should correct it.
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
