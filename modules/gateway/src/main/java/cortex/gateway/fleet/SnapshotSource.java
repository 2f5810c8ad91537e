package cortex.gateway.fleet;

import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.FleetSnapshot.NodeView;
import cortex.gateway.fleet.FleetSnapshot.ReplicaView;
import cortex.gateway.fleet.machine.FleetMachine;
import cortex.gateway.fleet.machine.NodeState;
import cortex.gateway.fleet.machine.Replica;
import cortex.gateway.fleet.machine.ReplicaState;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The fleet's nodes and replicas as they were at its last change; what changes with every request
/// (states, requests in flight) is read when a reader asks.
final class SnapshotSource {
    private final List<NodeView> nodes;
    private final List<Replica> replicas;
    private final List<ReplicaView> failures;

    /// Copies what changes under the lock only; keeps the replicas, whose states may be read by
    /// anybody. Replicas of a node that does not answer are not shown.
    SnapshotSource(FleetMachine machine) {
        this.nodes = machine.nodes().stream().map(SnapshotSource::view).toList();
        this.replicas = machine.replicas().stream().filter(Replica::reachable).toList();
        this.failures = machine.loadFailures().stream().map(SnapshotSource::view).toList();
    }

    FleetSnapshot read() {
        Stream<ReplicaView> live = replicas.stream().map(SnapshotSource::view);
        return new FleetSnapshot(nodes, Stream.concat(live, failures.stream()).toList());
    }

    @Nullable String loadingOn(String model) {
        return replicas.stream()
                .filter(r -> r.model().equals(model))
                .filter(r -> r.state() instanceof ReplicaState.Loading)
                .map(Replica::node)
                .findFirst()
                .orElse(null);
    }

    private static NodeView view(NodeState node) {
        return new NodeView(
                node.name(),
                node.endpoint(),
                node.healthy(),
                node.answered(),
                node.problem(),
                node.discovery(),
                node.health());
    }

    private static ReplicaView view(FleetMachine.LoadFailure failure) {
        return new ReplicaView(
                failure.model(),
                failure.node(),
                ModelStatus.FAILED,
                List.of(),
                0,
                null,
                null,
                failure.reason());
    }

    private static ReplicaView view(Replica replica) {
        return switch (replica.state()) {
            case ReplicaState.Loading _ -> view(replica, ModelStatus.LOADING, 0, null, null);
            case ReplicaState.Ready ready ->
                    view(
                            replica,
                            ModelStatus.LOADED,
                            ready.inFlight(),
                            ready.serving().info(),
                            null);
            case ReplicaState.Suspect suspect ->
                    view(
                            replica,
                            ModelStatus.FAILED,
                            suspect.inFlight(),
                            suspect.serving().info(),
                            suspect.reason());
            case ReplicaState.Draining draining ->
                    view(
                            replica,
                            ModelStatus.UNLOADING,
                            draining.inFlight(),
                            draining.serving().info(),
                            "draining");
            case ReplicaState.Unloading unloading ->
                    view(replica, ModelStatus.UNLOADING, 0, unloading.serving().info(), null);
        };
    }

    private static ReplicaView view(
            Replica replica,
            ModelStatus status,
            int inFlight,
            @Nullable ModelInfo info,
            @Nullable String reason) {
        return new ReplicaView(
                replica.model(),
                replica.node(),
                status,
                replica.devices(),
                inFlight,
                info == null ? null : info.vramUsedMb(),
                info == null ? null : info.context(),
                reason);
    }
}
