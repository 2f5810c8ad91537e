package cortex.gateway.fleet;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.view.FailedLoad;
import cortex.gateway.fleet.view.KnownModel;
import cortex.gateway.fleet.view.NodeView;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
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
        return nodes.stream()
                .anyMatch(view -> view.name().equals(node) && view.contact().healthy());
    }

    /// Whether a node's neuron is restarting and expected back.
    public boolean isRestarting(String node) {
        return nodes.stream()
                .anyMatch(view -> view.name().equals(node) && view.contact().comesBack());
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
                        .mapToInt(replica -> replica.engine().contextOr(0))
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

    /// Is one replica. `inFlight` are open leases of this gateway. `pinned`: never unloaded to make
    /// room, by the catalogue or by an operator.
    public record ReplicaView(
            String model,
            String node,
            Stage stage,
            List<Integer> devices,
            int inFlight,
            EngineView engine,
            boolean pinned) {
        public ReplicaView {
            devices = List.copyOf(devices);
        }

        private boolean isLoaded(String id) {
            return model.equals(id) && stage.status() == ModelStatus.LOADED;
        }

        /// Returns it as it stands in JSON: one flat object, whose order programs may rely on.
        @JsonValue
        Map<String, @Nullable Object> flat() {
            Map<String, @Nullable Object> flat = new LinkedHashMap<>();
            flat.put("model", model);
            flat.put("node", node);
            flat.put("status", stage.status());
            flat.put("devices", devices);
            flat.put("in_flight", inFlight);
            flat.put("vram_used_mb", engine.vramUsedMb());
            flat.put("context", engine.context());
            flat.put("reason", stage.reason());
            flat.put("slots", engine.slots());
            flat.put("pinned", pinned);
            flat.put("eta_secs", stage.etaSecs());
            flat.put("failure", stage.failure());
            return flat;
        }
    }

    /// Is how far a replica is. LOADED means ready; `reason` why it failed or goes; `etaSecs`: when
    /// loading, about how long it still takes, null when no load of the model was ever seen;
    /// `failure` is how loading it failed, null when it did not; `everywhere`: no node can load it
    /// before something changes.
    public record Stage(
            ModelStatus status,
            @Nullable String reason,
            @Nullable Double etaSecs,
            @Nullable FailedLoad failure,
            boolean everywhere) {
        /// One that has not failed to load.
        public Stage(ModelStatus status, @Nullable String reason, @Nullable Double etaSecs) {
            this(status, reason, etaSecs, null, false);
        }
    }

    /// Is what a replica's engine said of itself, null where it did not. `slots` is how many
    /// requests it takes at once.
    public record EngineView(
            @Nullable Long vramUsedMb, @Nullable Integer context, @Nullable Integer slots) {
        /// Nothing was said.
        public static final EngineView UNKNOWN = new EngineView(null, null, null);

        private int contextOr(int otherwise) {
            return context == null ? otherwise : context;
        }
    }

    /// Is what waits for a model: `waiting` requests; `wanted` when an operator's load has not
    /// begun because there is no room yet.
    public record QueueView(String model, int waiting, boolean wanted) {}

    /// Is what a model was measured to take, in MiB over `devices` devices (0: in the host's
    /// memory), and how much more than its part (`unevenMb`) any of them may need.
    public record FootprintView(
            String model,
            String harness,
            @Nullable String quant,
            int devices,
            long mb,
            long unevenMb,
            @JsonUnwrapped Drift drift) {}

    /// Is how a measurement compares with the `catalogueMb` that the catalogue says: `driftPct` how
    /// many percent more it is, and `drifted` whether somebody should correct the catalogue.
    public record Drift(@Nullable Long catalogueMb, @Nullable Double driftPct, boolean drifted) {}
}
