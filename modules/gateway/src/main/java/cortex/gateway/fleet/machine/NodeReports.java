package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.Discovery;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect.Adopt;
import cortex.gateway.fleet.machine.Effect.PollNow;
import cortex.gateway.fleet.machine.FleetEvent.NodeMissed;
import cortex.gateway.fleet.machine.FleetEvent.NodeReported;
import cortex.gateway.fleet.rules.Believed;
import cortex.gateway.fleet.rules.ReplicaMemory;
import cortex.gateway.fleet.rules.ReplicaMemory.Expected;
import cortex.gateway.fleet.rules.ReplicaState.Loaded;
import cortex.gateway.fleet.rules.ReplicaState.Loading;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.rules.ReplicaState.Serving;
import cortex.gateway.fleet.rules.ReplicaState.Suspect;
import cortex.gateway.fleet.rules.ReplicaState.Unloading;
import cortex.gateway.fleet.rules.Rest;
import cortex.gateway.fleet.view.NodeView.UnknownModels;
import cortex.gateway.placement.Demand;
import cortex.gateway.placement.footprint.Believable;
import cortex.gateway.placement.footprint.Footprint.Peak;
import cortex.gateway.placement.footprint.Footprints;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Applies what nodes report. A neuron knows the truth about its host, but a report is as old as
/// its question, so it never undoes what happened since.
final class NodeReports {
    /// A replica whose engine failed is believed again by a report at least this much younger: a
    /// neuron may need a moment to see that its child is dead.
    private static final long DOUBT = Duration.ofMillis(200).toNanos();

    /// How late a driver shows memory as free after the process is gone: 0.5 to 1.5 s.
    private static final long DRIVER_LAG = Duration.ofSeconds(2).toNanos();

    /// After this an unload's memory is not waited for any longer.
    private static final long NEVER_COMES = Duration.ofSeconds(15).toNanos();

    /// Loaded models that the catalogue does not have which a node's books may hold, and how many
    /// of those there are operators are told by name.
    static final int STRANGERS = 8;

    private static final int NAMED = 8;

    private final FleetState state;

    NodeReports(FleetState state) {
        this.state = state;
    }

    /// Applies a report. Returns whether anything follows from it for those who wait.
    boolean onReported(NodeReported report) {
        NodeState node = state.node(report.node());
        if (node == null || report.askedAt() < node.reportedAt()) {
            return false;
        }
        forgetFailures(node, report);
        node.reported(report, state.now(), state.settings().maxRestart());
        List<ModelInfo> models =
                report.models().stream().map(m -> Believed.of(node.discovery(), m)).toList();
        Listed listed = Listed.of(models);
        // What this report itself removes does not make it too old for what it brings.
        boolean old = report.askedAt() <= node.removedAt();
        for (Replica replica : List.copyOf(node.replicas())) {
            compare(replica, report, listed);
        }
        noteRests(node, models);
        if (node.healthy()) {
            adopt(node, models, old);
        }
        node.forgetDepartures(departure -> measured(node, departure));
        return true;
    }

    /// Forgets failed loads whose reason may be gone.
    private void forgetFailures(NodeState node, NodeReported report) {
        if (node.startedAnew(report)) {
            state.models().forEach(model -> model.failures().forget(node.name()));
        } else if (node.changedBy(report)) {
            state.models().forEach(model -> model.failures().forgetLasting(node.name()));
        }
    }

    /// Notes which models a node does not load now, so that it is not asked to.
    private void noteRests(NodeState node, List<ModelInfo> models) {
        for (ModelInfo entry : models) {
            Rest rest = entry.status() == ModelStatus.FAILED ? Rest.of(entry) : null;
            if (rest != null && state.settings().catalogue().find(entry.id()) != null) {
                ModelState model = state.model(entry.id());
                if (!model.isOn(node)) {
                    model.failures().toldOfRest(node.name(), rest, state.now());
                }
            }
        }
    }

    /// Is what a report lists, by the neuron's ids, and what of it is being loaded, by model: both
    /// the first of each.
    private record Listed(Map<String, ModelInfo> byReplica, Map<String, ModelInfo> loading) {
        static Listed of(List<ModelInfo> models) {
            Map<String, ModelInfo> byReplica = new HashMap<>();
            Map<String, ModelInfo> loading = new HashMap<>();
            for (ModelInfo entry : models) {
                byReplica.putIfAbsent(entry.replica(), entry);
                if (entry.status() == ModelStatus.LOADING) {
                    loading.putIfAbsent(entry.id(), entry);
                }
            }
            return new Listed(byReplica, loading);
        }
    }

    private void compare(Replica replica, NodeReported report, Listed listed) {
        switch (replica.state()) {
            case Loading _ -> {
                ModelInfo entry = listed.loading.get(replica.model());
                if (entry != null) {
                    replica.uses(entry, state.now());
                }
            }
            case Unloading unloading -> {
                // The answer to the command may be lost; the engine's end is seen all the same.
                ModelInfo entry = listed.byReplica.get(unloading.serving().info().replica());
                boolean restarts = replica.home().restart() != null;
                if (hasEnded(entry) && !restarts && report.askedAt() > unloading.since()) {
                    state.remove(replica);
                }
            }
            case Loaded loaded -> {
                ModelInfo entry = listed.byReplica.get(loaded.serving().info().replica());
                if (entry != null && entry.status() == ModelStatus.LOADED) {
                    confirm(replica, loaded, entry, report.askedAt());
                } else if (report.askedAt() > loaded.serving().readySince()) {
                    String reason = entry == null ? null : entry.engine().reason();
                    state.end(replica, reason == null ? "" : reason);
                }
            }
        }
    }

    /// Returns whether an engine has ended. A neuron lists an engine until it is gone, and one that
    /// died until it is loaded anew.
    private static boolean hasEnded(@Nullable ModelInfo entry) {
        return entry == null
                || entry.status() == ModelStatus.FAILED
                || entry.status() == ModelStatus.UNLOADED;
    }

    private void confirm(Replica replica, Loaded loaded, ModelInfo entry, long askedAt) {
        if (replica.home().readingAt() > loaded.serving().readySince()) {
            replica.measured();
        }
        replica.uses(entry, state.now());
        learn(replica, entry);
        replica.foreign(Math.max(0, entry.inFlight() - loaded.inFlight()));
        Serving was = loaded.serving();
        var serving = new Serving(was.endpoint(), was.engineModel(), entry, was.readySince());
        replica.limitTo(entry, state.settings().policy());
        boolean believed =
                loaded instanceof Suspect suspect
                        && askedAt > suspect.since() + DOUBT
                        && !replica.isBarred(state.now());
        boolean used = loaded instanceof Ready && replica.foreignInFlight() > 0;
        state.move(
                replica,
                believed || used
                        ? new Ready(serving, loaded.inFlight(), state.now())
                        : loaded.with(serving));
    }

    /// Returns the most that is known: the peak, and never less than now.
    private static @Nullable Long most(ModelInfo entry) {
        Long now = entry.memory().vramUsedMb();
        Long peak = entry.memory().peakUsedMb();
        return now == null || peak == null ? now : Long.valueOf(Math.max(now, peak));
    }

    /// Learns what a replica holds. That is believed once a reading was taken after it was ready;
    /// then its peak counts, because caches grow.
    private void learn(Replica replica, ModelInfo entry) {
        Long used = most(entry);
        ModelProfile profile = replica.of().profile();
        if (!replica.memory().isMeasured() || used == null || used <= 0 || profile == null) {
            return;
        }
        Footprints.Note changed =
                state.footprints()
                        .note(
                                new Footprints.Load(
                                        replica.node(),
                                        replica.devices().size(),
                                        replica.generation()),
                                profile,
                                new Peak(used, replica.memory().unevenMb(entry)),
                                everywhere(replica, profile, used));
        if (changed != null) {
            state.learned(changed);
        }
    }

    /// Returns whether what a replica holds is to be expected of its model on other nodes too. Of
    /// one whose size the catalogue does not tell that is what some other node has.
    private boolean everywhere(Replica replica, ModelProfile profile, long usedMb) {
        Long catalogueMb = profile.needs().vramMb();
        if (catalogueMb != null) {
            return Believable.everywhere(usedMb, catalogueMb);
        }
        boolean alone = true;
        for (NodeState node : state.nodes()) {
            Discovery host = node.discovery();
            if (node != replica.home() && host != null) {
                Long total = Believed.totalMb(host, replica.devices().isEmpty());
                if (total != null && usedMb <= total) {
                    return true;
                }
                alone = false;
            }
        }
        return alone;
    }

    /// Takes in replicas the fleet does not know: loaded before this gateway started, by another
    /// one, or by a command whose answer was lost. Of models that the catalogue does not have a few
    /// are taken in once they are loaded, so that they can make room; all others are counted, no
    /// more: their memory is not among what is measured as free.
    private void adopt(NodeState node, List<ModelInfo> listed, boolean old) {
        Set<String> models = new HashSet<>();
        Set<String> ids = new HashSet<>();
        int strangers = 0;
        for (Replica replica : node.replicas()) {
            models.add(replica.model());
            String id = replica.neuronId();
            if (id != null) {
                ids.add(id);
            }
            strangers += replica.of().profile() == null ? 1 : 0;
        }
        int unknown = 0;
        List<String> names = new ArrayList<>();
        for (ModelInfo entry : listed) {
            boolean there =
                    entry.status() == ModelStatus.LOADED || entry.status() == ModelStatus.LOADING;
            boolean stranger = state.settings().catalogue().find(entry.id()) == null;
            if (there && stranger) {
                unknown++;
                if (names.size() < NAMED) {
                    names.add(entry.id());
                }
            }
            boolean known = models.contains(entry.id()) || ids.contains(entry.replica());
            boolean takenIn =
                    !stranger || (entry.status() == ModelStatus.LOADED && strangers < STRANGERS);
            if (there && !known && !old && takenIn) {
                models.add(entry.id());
                ids.add(entry.replica());
                strangers += stranger ? 1 : 0;
                adopt(node, entry);
            }
        }
        node.holds(new UnknownModels(unknown, names));
    }

    private void adopt(NodeState node, ModelInfo entry) {
        ModelState model = state.model(entry.id());
        ModelProfile profile = model.profile();
        Long expected = profile == null ? null : Demand.of(profile).memory().vramMb();
        Long used = entry.memory().vramUsedMb();
        long seen = used == null ? 0 : used;
        long mb = Math.max(expected == null ? 0 : expected, seen);
        // Who is ready has taken it, whether or not the node has measured it.
        long held = entry.status() == ModelStatus.LOADED ? mb : seen;
        var place = new Replica.Placement(model, node, entry.memory().devices());
        boolean sizeUnknown = expected == null && entry.status() == ModelStatus.LOADING;
        var memory =
                new ReplicaMemory(
                        new Expected(shares(entry, mb), sizeUnknown, null),
                        freeBefore(place, held));
        Replica replica = state.addLoading(place, memory);
        replica.named(entry.replica());
        replica.uses(entry, state.now());
        if (profile == null) {
            // Nobody may ask for it, so that nobody need know where it is served.
            var serving = new Serving(node.endpoint(), entry.id(), entry, state.now());
            state.move(replica, new Ready(serving, 0, state.now()));
            return;
        }
        state.effect(new Adopt(node.name(), replica.generation(), entry.id(), entry.replica()));
    }

    /// Returns what was free of each device before a replica took `heldMb` of them all.
    private static List<Long> freeBefore(Replica.Placement place, long heldMb) {
        List<Integer> devices = place.memoryDevices();
        long held = heldMb / devices.size();
        return place.home().measuredMb(devices).stream().map(free -> free + held).toList();
    }

    /// Returns what a replica that was found is expected to take of each device: how it is split is
    /// not known before that is measured.
    private static List<Long> shares(ModelInfo entry, long mb) {
        int count = Math.max(1, entry.memory().devices().size());
        List<Long> each = entry.memory().devicesUsedMb();
        if (count > 1 && entry.status() == ModelStatus.LOADING) {
            return Collections.nCopies(count, mb);
        }
        if (each == null || each.size() != count) {
            return Collections.nCopies(count, mb / count);
        }
        long rest = mb;
        for (long used : each) {
            rest -= used;
        }
        long more = Math.max(0, rest) / count;
        return each.stream().map(used -> used + more).toList();
    }

    /// Returns whether the memory of an unload is back: three quarters of it measured (as ollama
    /// does), or as much time gone as any driver needs.
    private static boolean measured(NodeState node, NodeState.Departure departure) {
        if (node.readingAt() <= departure.at()) {
            return false;
        }
        if (node.readingAt() > departure.at() + DRIVER_LAG) {
            return true;
        }
        for (int i = 0; i < departure.devices().size(); i++) {
            Long free = node.measuredMb(departure.devices().get(i));
            if (free == null || free < departure.backAtMb().get(i)) {
                return false;
            }
        }
        return true;
    }

    /// Notes a missed poll. Returns whether the node is lost by it, or did not answer the first
    /// question that was ever put to it, or is not worth waiting for any more.
    boolean onMissed(NodeMissed missed) {
        NodeState node = state.node(missed.node());
        if (node == null) {
            return false;
        }
        boolean hopeless = missed.shutOut() && !node.shutOut() && !node.healthy();
        node.missed(missed.shutOut());
        boolean gone = missed.stranger() || node.misses() >= state.settings().misses();
        boolean lost = node.healthy() && gone;
        boolean awaited = node.comesBack();
        boolean absent = awaited && !missed.stranger() && !missed.shutOut();
        if (!absent && (lost || !node.healthy())) {
            node.lost(missed.problem());
        }
        return lost || hopeless || (awaited && !absent) || (!node.answered() && node.misses() == 1);
    }

    /// Asks again after engines in doubt and nodes that restart, and gives up memory and nodes that
    /// do not come back.
    void onTick() {
        for (NodeState node : state.nodes()) {
            node.endAbsence(state.now());
            node.forgetDepartures(d -> state.now() - d.at() > NEVER_COMES);
            boolean doubt =
                    node.healthy()
                            && node.replicas().stream()
                                    .anyMatch(r ->
                                            r.state() instanceof Suspect
                                                    && !r.isBarred(state.now()));
            if (doubt || node.comesBack()) {
                state.effect(new PollNow(node.name()));
            }
        }
    }
}
