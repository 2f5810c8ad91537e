package cortex.gateway.fleet;

import cortex.core.engine.EngineTraits;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.FleetSnapshot.Engines;
import cortex.gateway.fleet.FleetSnapshot.FootprintView;
import cortex.gateway.fleet.FleetSnapshot.KnownModel;
import cortex.gateway.fleet.FleetSnapshot.NodeView;
import cortex.gateway.fleet.FleetSnapshot.QueueView;
import cortex.gateway.fleet.FleetSnapshot.ReplicaView;
import cortex.gateway.fleet.machine.FleetMachine;
import cortex.gateway.fleet.machine.NodeState;
import cortex.gateway.fleet.machine.Replica;
import cortex.gateway.fleet.queue.FairQueue;
import cortex.gateway.fleet.rules.ReplicaState;
import cortex.gateway.fleet.rules.UnloadReason;
import cortex.gateway.placement.footprint.Footprint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The fleet's nodes and replicas as they were at its last change; what changes with every request
/// (states, requests in flight) is read when a reader asks.
final class SnapshotSource {
    private static final double NANOS = 1e9;
    private static final double PER_MILLE = 1_000;
    private static final double TENTHS = 10;

    private final List<NodeView> nodes;
    private final List<Replica> replicas;
    private final List<ReplicaView> failures;
    private final Map<String, FairQueue> queues;
    private final Set<String> wanted;
    private final Map<String, Double> loadSecs;
    private final Map<String, KnownModel> known;
    private final List<Footprint> footprints;
    private final Map<Long, String> ended;

    /// Copies what changes under the lock only; keeps the replicas, whose states may be read by
    /// anybody. Replicas of a node that does not answer are not shown.
    SnapshotSource(FleetMachine machine) {
        this.nodes = machine.nodes().stream().map(SnapshotSource::view).toList();
        this.replicas = machine.replicas().stream().filter(Replica::reachable).toList();
        this.failures = machine.loadFailures().stream().map(SnapshotSource::view).toList();
        this.queues = machine.queues();
        this.wanted = machine.wanted();
        this.loadSecs = machine.loadSecs();
        this.footprints = machine.kept().footprints();
        this.ended = machine.ended();
        this.known =
                machine.lastReady().entrySet().stream()
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        Map.Entry::getKey, last -> told(last.getValue())));
    }

    private static KnownModel told(ModelInfo info) {
        EngineTraits traits = info.traits();
        return new KnownModel(
                info.slots(), info.context(), traits == null ? EngineTraits.UNKNOWN : traits);
    }

    /// What the engine of a model's last replica told.
    KnownModel known(String model) {
        return known.getOrDefault(model, KnownModel.NOTHING);
    }

    FleetSnapshot read(long now) {
        Stream<ReplicaView> live = replicas.stream().map(replica -> view(replica, now));
        List<QueueView> waiting = new ArrayList<>();
        queues.forEach((model, queue) -> {
            int size = queue.size();
            boolean wish = wanted.contains(model);
            if (size > 0 || wish) {
                waiting.add(new QueueView(model, size, wish));
            }
        });
        return new FleetSnapshot(
                nodes,
                Stream.concat(live, failures.stream()).toList(),
                waiting,
                footprints.stream().map(SnapshotSource::view).toList(),
                known,
                engines());
    }

    /// What nodes report of engines.
    Engines engines() {
        Set<Long> serving =
                replicas.stream()
                        .filter(replica -> replica.state() instanceof ReplicaState.Ready)
                        .map(Replica::generation)
                        .collect(Collectors.toUnmodifiableSet());
        return new Engines(ended, serving);
    }

    private static FootprintView view(Footprint footprint) {
        Footprint.Way way = footprint.way();
        Double drift = footprint.drift();
        return new FootprintView(
                way.model(),
                way.harness(),
                way.quant(),
                way.devices(),
                footprint.mb(),
                footprint.uneven(),
                footprint.catalogueMb(),
                drift == null ? null : Math.round(drift * PER_MILLE) / TENTHS,
                footprint.drifted());
    }

    private static NodeView view(NodeState node) {
        return new NodeView(
                node.name(),
                node.endpoint(),
                node.healthy(),
                node.answered(),
                node.problem(),
                node.discovery(),
                node.health(),
                node.draining(),
                node.pins(),
                node.restarting(),
                node.unknown());
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

    private ReplicaView view(Replica replica, long now) {
        ReplicaState state = replica.state();
        return switch (state) {
            case ReplicaState.Loading loading -> {
                Double secs = loadSecs.get(replica.model());
                Double eta =
                        secs == null ? null : Math.max(1, secs - (now - loading.since()) / NANOS);
                yield view(replica, state, ModelStatus.LOADING, null, eta);
            }
            case ReplicaState.Ready _ -> view(replica, state, ModelStatus.LOADED, null, null);
            case ReplicaState.Suspect suspect ->
                    view(replica, state, ModelStatus.FAILED, suspect.reason(), null);
            case ReplicaState.Draining(_, _, _, UnloadReason why) ->
                    view(replica, state, ModelStatus.UNLOADING, "draining: " + why, null);
            case ReplicaState.Unloading(_, _, UnloadReason why) ->
                    view(replica, state, ModelStatus.UNLOADING, why.toString(), null);
        };
    }

    private static ReplicaView view(
            Replica replica,
            ReplicaState state,
            ModelStatus status,
            @Nullable String reason,
            @Nullable Double eta) {
        ModelInfo info =
                switch (state) {
                    case ReplicaState.Loading _ -> null;
                    case ReplicaState.Loaded loaded -> loaded.serving().info();
                    case ReplicaState.Unloading unloading -> unloading.serving().info();
                };
        return new ReplicaView(
                replica.model(),
                replica.node(),
                status,
                replica.devices(),
                state instanceof ReplicaState.Loaded loaded ? loaded.inFlight() : 0,
                info == null ? null : info.vramUsedMb(),
                info == null ? null : info.context(),
                reason,
                info == null ? null : info.slots(),
                replica.pinned(),
                eta);
    }
}
