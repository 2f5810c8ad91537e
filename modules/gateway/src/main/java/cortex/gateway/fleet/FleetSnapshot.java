package cortex.gateway.fleet;

import cortex.core.node.Discovery;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An immutable copy of the fleet for readers: dashboards, /ready, /v1/models. Never gates a
/// change.
public record FleetSnapshot(List<NodeView> nodes, List<ReplicaView> replicas) {
    public FleetSnapshot {
        nodes = List.copyOf(nodes);
        replicas = List.copyOf(replicas);
    }

    /// One configured node. `answered` once any poll ever succeeded; `problem` says why it is not
    /// healthy, null when it is.
    public record NodeView(
            String name,
            URI endpoint,
            boolean healthy,
            boolean answered,
            @Nullable String problem,
            @Nullable Discovery discovery,
            @Nullable NodeHealth health) {}

    /// One replica. `status` LOADED means ready; `inFlight` are open leases of this gateway.
    public record ReplicaView(
            String model,
            String node,
            ModelStatus status,
            List<Integer> devices,
            int inFlight,
            @Nullable Long vramUsedMb,
            @Nullable Integer context,
            @Nullable String reason) {
        public ReplicaView {
            devices = List.copyOf(devices);
        }
    }
}
