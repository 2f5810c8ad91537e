package cortex.gateway.fleet;

import cortex.core.files.ModelFiles;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.FleetSnapshot.Drift;
import cortex.gateway.fleet.FleetSnapshot.EngineView;
import cortex.gateway.fleet.FleetSnapshot.Engines;
import cortex.gateway.fleet.FleetSnapshot.FootprintView;
import cortex.gateway.fleet.FleetSnapshot.QueueView;
import cortex.gateway.fleet.FleetSnapshot.ReplicaView;
import cortex.gateway.fleet.FleetSnapshot.Stage;
import cortex.gateway.fleet.rules.Backoff;
import cortex.gateway.fleet.rules.ReplicaState;
import cortex.gateway.fleet.rules.ReplicaState.Draining;
import cortex.gateway.fleet.rules.ReplicaState.Loaded;
import cortex.gateway.fleet.rules.ReplicaState.Loading;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.rules.ReplicaState.Suspect;
import cortex.gateway.fleet.rules.ReplicaState.Unloading;
import cortex.gateway.fleet.view.FailedLoad;
import cortex.gateway.fleet.view.FleetView;
import cortex.gateway.fleet.view.LiveModel;
import cortex.gateway.fleet.view.LiveReplica;
import cortex.gateway.fleet.view.NodeView;
import cortex.gateway.placement.footprint.Footprint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes snapshots of a view of the fleet: what a reader gets who asks at a time. Replicas of a
/// node that does not answer are left out.
final class SnapshotSource {
    private static final double NANOS = 1e9;
    private static final double PER_MILLE = 1_000;
    private static final double TENTHS = 10;

    /// A replica that its node, which is restarting, keeps.
    private static final Stage KEPT = new Stage(ModelStatus.LOADED, "its node is restarting", null);

    private SnapshotSource() {}

    static FleetSnapshot of(FleetView fleet, long now) {
        List<ReplicaView> replicas = new ArrayList<>();
        List<QueueView> queues = new ArrayList<>();
        List<ReplicaView> failures = new ArrayList<>();
        Map<String, Double> loadSecs = new HashMap<>();
        for (LiveModel model : fleet.models()) {
            int waiting = model.waiting();
            if (waiting > 0 || model.wanted()) {
                queues.add(new QueueView(model.id(), waiting, model.wanted()));
            }
            failures.addAll(failures(model, fleet, now));
            Double secs = model.loadSecs();
            if (secs != null) {
                loadSecs.put(model.id(), secs);
            }
        }
        Set<String> restarting = new HashSet<>();
        fleet.nodes().stream()
                .filter(node -> node.contact().comesBack())
                .forEach(node -> restarting.add(node.name()));
        for (LiveReplica replica : fleet.replicas()) {
            if (replica.reachable()) {
                replicas.add(view(replica, loadSecs.get(replica.model()), now));
            } else if (restarting.contains(replica.node())
                    && replica.state() instanceof Ready ready) {
                replicas.add(view(replica, ready, KEPT));
            }
        }
        queues.sort(Comparator.comparing(QueueView::model));
        failures.sort(Comparator.comparing(ReplicaView::model));
        replicas.addAll(failures);
        return new FleetSnapshot(
                fleet.nodes(),
                replicas,
                queues,
                fleet.footprints().stream().map(SnapshotSource::view).toList(),
                fleet.known(),
                engines(fleet));
    }

    private static Engines engines(FleetView fleet) {
        Set<Long> serving = new HashSet<>();
        for (LiveReplica replica : fleet.replicas()) {
            if (replica.reachable() && replica.state() instanceof Ready) {
                serving.add(replica.generation());
            }
        }
        return new Engines(fleet.ended(), serving);
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
                new Drift(
                        footprint.catalogueMb(),
                        drift == null ? null : Math.round(drift * PER_MILLE) / TENTHS,
                        footprint.drifted()));
    }

    /// Returns where loading a model failed; nowhere once it works somewhere. What a node that does
    /// not answer has is not known.
    private static List<ReplicaView> failures(LiveModel model, FleetView fleet, long now) {
        Map<String, Backoff> byNode = model.failures().byNode();
        boolean everywhere = model.failures().everywhere();
        if ((byNode.isEmpty() && !everywhere) || isReady(model.id(), fleet)) {
            return List.of();
        }
        List<ReplicaView> failed = new ArrayList<>();
        for (NodeView node : fleet.nodes()) {
            FailedLoad how = node.contact().healthy() ? failure(model, node, now) : null;
            if (how != null) {
                failed.add(view(model.id(), how, everywhere));
            }
        }
        return failed;
    }

    /// Returns how loading a model failed on a node, or that its files are missing where no node
    /// has them; null when neither is so.
    private static @Nullable FailedLoad failure(LiveModel model, NodeView node, long now) {
        ModelFiles files = node.files(model.id());
        if (model.failures().everywhere() && files != null && files.lacks()) {
            return FailedLoad.untried(node.name(), files.text());
        }
        Backoff last = model.failures().byNode().get(node.name());
        return last == null || !last.concerns(now)
                ? null
                : FailedLoad.of(model.id(), node.name(), last, now);
    }

    private static boolean isReady(String model, FleetView fleet) {
        return fleet.replicas().stream()
                .anyMatch(r ->
                        r.model().equals(model) && r.reachable() && r.state() instanceof Ready);
    }

    private static ReplicaView view(String model, FailedLoad failure, boolean everywhere) {
        String why = failure.cause().lineOr(failure.reason());
        return new ReplicaView(
                model,
                failure.node(),
                new Stage(ModelStatus.FAILED, why, null, failure, everywhere),
                List.of(),
                0,
                EngineView.UNKNOWN,
                false);
    }

    private static ReplicaView view(LiveReplica replica, @Nullable Double loadSecs, long now) {
        ReplicaState state = replica.state();
        return switch (state) {
            case Loading loading -> {
                Double eta =
                        loadSecs == null
                                ? null
                                : Math.max(1, loadSecs - (now - loading.since()) / NANOS);
                Long mb = replica.downloadedMb();
                String how = mb == null ? null : "downloading, " + mb + " MiB so far";
                yield view(replica, state, new Stage(ModelStatus.LOADING, how, eta));
            }
            case Ready _ -> view(replica, state, new Stage(ModelStatus.LOADED, null, null));
            case Suspect suspect ->
                    view(replica, state, new Stage(ModelStatus.FAILED, suspect.reason(), null));
            case Draining draining ->
                    view(
                            replica,
                            state,
                            new Stage(ModelStatus.UNLOADING, "draining: " + draining.why(), null));
            case Unloading unloading ->
                    view(
                            replica,
                            state,
                            new Stage(ModelStatus.UNLOADING, unloading.why().toString(), null));
        };
    }

    private static ReplicaView view(LiveReplica replica, ReplicaState state, Stage stage) {
        ModelInfo info =
                switch (state) {
                    case Loading _ -> null;
                    case Loaded loaded -> loaded.serving().info();
                    case Unloading unloading -> unloading.serving().info();
                };
        return new ReplicaView(
                replica.model(),
                replica.node(),
                stage,
                replica.devices(),
                state instanceof Loaded loaded ? loaded.inFlight() : 0,
                info == null
                        ? EngineView.UNKNOWN
                        : new EngineView(
                                info.memory().vramUsedMb(),
                                info.engine().context(),
                                info.engine().slots()),
                replica.pinned());
    }
}
