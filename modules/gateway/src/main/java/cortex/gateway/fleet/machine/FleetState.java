package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.ModelInfo;
import cortex.gateway.config.RoutingConfig;
import cortex.gateway.fleet.machine.Changes.ViewedMap;
import cortex.gateway.fleet.machine.Effect.KeepWishes;
import cortex.gateway.fleet.machine.Effect.StartUnload;
import cortex.gateway.fleet.machine.FleetEvent.WantedLoad;
import cortex.gateway.fleet.machine.FleetEvent.Wishes;
import cortex.gateway.fleet.machine.Wait.Claim;
import cortex.gateway.fleet.machine.Wait.Wanted;
import cortex.gateway.fleet.queue.Networks;
import cortex.gateway.fleet.rules.ReplicaState;
import cortex.gateway.fleet.rules.ReplicaState.Draining;
import cortex.gateway.fleet.rules.ReplicaState.Loaded;
import cortex.gateway.fleet.rules.ReplicaState.Loading;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.rules.ReplicaState.Unloading;
import cortex.gateway.fleet.rules.UnloadReason;
import cortex.gateway.fleet.view.FleetView;
import cortex.gateway.fleet.view.KnownModel;
import cortex.gateway.fleet.view.LiveModel;
import cortex.gateway.fleet.view.LiveReplica;
import cortex.gateway.fleet.view.NodeView;
import cortex.gateway.placement.Decision;
import cortex.gateway.placement.footprint.Footprint;
import cortex.gateway.placement.footprint.Footprints;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All that the machine knows, with the few changes that several of its parts make. What is changed
/// here keeps the books in step: a replica stands in the fleet's, its node's and its model's list,
/// or in none.
final class FleetState {
    private static final int ENDED = 64;

    /// What readers of the fleet see has changed so often.
    final Changes changes = new Changes();

    final FleetMachine.Settings settings;
    final Map<String, NodeState> nodes = new LinkedHashMap<>();
    final Map<Long, Replica> replicas = new LinkedHashMap<>();
    final Map<String, ModelState> models = new HashMap<>();

    /// What the engine of each model's last ready replica said; the replica may be gone.
    private final ViewedMap<String, KnownModel> known = changes.map(Integer.MAX_VALUE);

    /// The last engines that ended without being told to, as their nodes report it, by their loads.
    private final ViewedMap<Long, String> ended = changes.map(ENDED);

    /// What models were measured to take.
    final Footprints footprints = new Footprints();

    /// The open leases by request. Their replica may be gone already.
    final Map<Long, Held> open = new HashMap<>();

    /// The clients that did something lately, and the networks.
    private final Lately clients = new Lately();

    private final Lately networks = new Lately();

    /// The models for which somebody waits: requests, or an operator.
    private final Map<String, Wait> waits = new LinkedHashMap<>();

    /// What the event being handled makes worth scheduling again.
    final Dirty dirty = new Dirty();

    /// What is left to do of the event once the scheduler has run: exceptions, each says why.
    final Deque<Runnable> followUps = new ArrayDeque<>();

    private final Set<Replica> draining = new LinkedHashSet<>();

    /// What the event being handled brings about.
    private List<Effect> effects = new ArrayList<>();

    /// The decisions about loads that the event being handled led to.
    private List<Decision> decisions = List.of();

    /// The loads of an earlier run that wait until every node was heard of.
    List<WantedLoad> recalled = List.of();

    /// What of the operators' wishes was last to be kept.
    Wishes kept = Wishes.NONE;

    private @Nullable FleetView view;
    private long viewed;

    long now;

    /// Whether what operators want may have changed.
    boolean wishesChanged;

    boolean closing;

    /// The highest number a request or wish had.
    long newestRequest;

    private long lastGeneration;

    /// When the first event came; nodes are waited for from then on.
    private @Nullable Long begunAt;

    /// What a request has of a replica.
    record Held(Replica replica, String client, int slots) {}

    /// Who did something last, and when somebody else did.
    private static final class Lately {
        private String newest = "";
        private @Nullable Long newestAt;
        private @Nullable Long otherAt;

        void active(String who, long now) {
            if (!who.equals(newest)) {
                otherAt = newestAt;
                newest = who;
            }
            newestAt = now;
        }

        boolean others(String who, long since) {
            Long at = who.equals(newest) ? otherAt : newestAt;
            return at != null && at - since > 0;
        }
    }

    FleetState(FleetMachine.Settings settings) {
        this.settings = settings;
        settings.neurons()
                .forEach(n -> nodes.put(n.name(), new NodeState(n.name(), n.endpoint(), changes)));
    }

    /// An event comes at `at`.
    void begin(long at) {
        now = at;
        effects = new ArrayList<>(1);
        decisions = List.of();
        if (begunAt == null) {
            begunAt = at;
        }
    }

    /// Notes that something is to be done.
    void effect(Effect effect) {
        effects.add(effect);
    }

    /// Returns what the event being handled has brought about.
    FleetMachine.Reaction reaction() {
        return new FleetMachine.Reaction(effects, decisions);
    }

    /// Returns the fleet as readers see it, made anew when it has changed since.
    FleetView view() {
        FleetView made = view;
        if (made == null || viewed != changes.count()) {
            made = makeView();
            view = made;
            viewed = changes.count();
        }
        return made;
    }

    private FleetView makeView() {
        List<NodeView> nodeViews = new ArrayList<>(nodes.size());
        nodes.values().forEach(node -> nodeViews.add(node.view()));
        List<LiveReplica> replicaViews = new ArrayList<>(replicas.size());
        replicas.values().forEach(replica -> replicaViews.add(replica.view()));
        List<LiveModel> modelViews = new ArrayList<>(models.size());
        models.values().forEach(model -> modelViews.add(model.view()));
        return new FleetView(
                nodeViews,
                replicaViews,
                modelViews,
                known.view(),
                ended.view(),
                footprints.all());
    }

    /// Whether a node that does not answer was heard of so short a time ago (or the fleet is so
    /// young) that it may be back in a moment. One that does not let this gateway in stays so.
    boolean awaited(NodeState node, long at) {
        Long begun = begunAt;
        long heard = node.answered() ? node.reportedAt() : begun == null ? at : begun;
        boolean lately = at - heard < settings.nodeGrace().toNanos();
        return !node.healthy() && !node.shutOut() && lately;
    }

    /// Whether the first word of a node is still to come, so that nobody knows what is loaded.
    boolean unheard() {
        for (NodeState node : nodes.values()) {
            if (!node.answered() && node.misses() == 0 && awaited(node, now)) {
                return true;
            }
        }
        return false;
    }

    /// Takes up what models were measured to take, held against what the catalogue says now.
    void recall(List<Footprint> known) {
        List<Footprint> now = new ArrayList<>();
        for (Footprint footprint : known) {
            ModelProfile profile = settings.catalogue().find(footprint.way().model());
            now.add(profile == null ? footprint : footprint.against(profile.needs().vramMb()));
        }
        now.removeIf(footprint -> !footprint.plausible());
        footprints.recall(now);
    }

    /// Returns a model as it is known, or as one that was never heard of; changes nothing.
    ModelState peek(ModelProfile profile) {
        ModelState known = models.get(profile.id());
        if (known != null) {
            return known;
        }
        ModelState unknown = new ModelState(profile.id(), settings, changes);
        unknown.profile = profile;
        return unknown;
    }

    ModelState model(ModelProfile profile) {
        ModelState model = model(profile.id());
        model.profile = profile;
        return model;
    }

    ModelState model(String id) {
        ModelState known = models.get(id);
        return known != null
                ? known
                : models.computeIfAbsent(
                        id,
                        _ -> {
                            changes.note();
                            ModelState model = new ModelState(id, settings, changes);
                            model.profile = settings.catalogue().find(id);
                            return model;
                        });
    }

    /// Takes note of what was decided about a load, unless it is what was decided before.
    void decided(ModelState model, Decision decision) {
        Wait wait = model.wait;
        if (wait != null && wait.decided(decision)) {
            if (decisions.isEmpty()) {
                decisions = new ArrayList<>(1);
            }
            decisions.add(decision);
        }
    }

    ModelState modelOf(Replica replica) {
        return Objects.requireNonNull(models.get(replica.model()));
    }

    /// A client asks for something, or has had it.
    void active(String client) {
        clients.active(client, now);
        networks.active(Networks.of(client), now);
    }

    /// Whether a client may take so many slots of a model more: one is kept for others while there
    /// are any, that is if one waits, or did something a short time ago. So it is with networks.
    /// Who has none may always take some, so that nobody waits for himself.
    boolean mayHold(ModelState model, String client, int weight) {
        long keep = settings.policy().keepSlot().toNanos();
        if (keep == 0) {
            return true;
        }
        int has = model.held.getOrDefault(client, 0);
        if (has > 0 && !model.leavesOne(has, weight, now) && others(model, client)) {
            return false;
        }
        String network = Networks.of(client);
        int all = model.heldByNetwork.getOrDefault(network, 0);
        return all == 0 || model.leavesOne(all, weight, now) || !othersOfNetwork(model, network);
    }

    /// Whether a client that has no slot of a model leaves one, or has it for itself.
    boolean leavesRoom(ModelState model, String client, int weight) {
        return weight == 1 || model.leavesOne(0, weight, now) || !model.queue.othersWait(client);
    }

    private boolean others(ModelState model, String client) {
        return model.queue.othersWait(client)
                || clients.others(client, now - settings.policy().keepSlot().toNanos());
    }

    private boolean othersOfNetwork(ModelState model, String network) {
        return model.queue.othersOfNetworkWait(network)
                || networks.others(network, now - settings.policy().keepSlot().toNanos());
    }

    /// The models for which somebody waits, those with the oldest request first.
    List<ModelState> waitingOldestFirst() {
        return waits.isEmpty()
                ? List.of()
                : waits.values().stream()
                        .map(Wait::model)
                        .sorted(Comparator.comparingLong(ModelState::order))
                        .toList();
    }

    RoutingConfig routing() {
        return settings.policy().routing();
    }

    /// A number that no load and no restart had before.
    long nextGeneration() {
        return ++lastGeneration;
    }

    Replica addLoading(Replica.Place place) {
        Replica replica = new Replica(nextGeneration(), place, new Loading(now, null));
        replicas.put(replica.generation(), replica);
        replica.home.add(replica);
        ModelState model = model(place.model());
        model.replicas.add(replica);
        ModelProfile profile = model.profile;
        replica.pinnedByProfile =
                profile != null && profile.needs().pinnedOn().contains(replica.node());
        return replica;
    }

    /// Takes a replica off the books. Its memory may come back only after a while.
    void remove(Replica replica) {
        NodeState.Departure departure = null;
        List<Long> held = replica.heldMb();
        if (held.stream().anyMatch(mb -> mb > 0)) {
            List<Long> free =
                    replica.measured
                            ? replica.home.measuredMb(replica.slots())
                            : replica.freeBefore;
            List<Long> back = new ArrayList<>();
            for (int at = 0; at < held.size(); at++) {
                long mb = held.get(at);
                back.add(free.get(at) + (replica.measured ? mb * 3 / 4 : -mb / 4));
            }
            departure =
                    new NodeState.Departure(replica.slots(), held, back, !replica.measured, now);
        }
        replicas.remove(replica.generation());
        draining.remove(replica);
        replica.home.remove(replica, departure, now);
        ModelState model = modelOf(replica);
        model.replicas.remove(replica);
        if (model.profile == null && model.replicas.isEmpty()) {
            models.remove(model.id);
        }
    }

    /// Its node reports that its engine has ended by itself.
    void end(Replica replica, String reason) {
        ended.put(replica.generation(), reason);
        remove(replica);
    }

    /// The one place where a replica changes its state.
    void move(Replica replica, ReplicaState next) {
        replica.become(next);
        if (next instanceof Ready ready && modelOf(replica).profile != null) {
            known.put(replica.model(), KnownModel.of(ready.serving().info()));
        }
        if (next instanceof Draining) {
            draining.add(replica);
        } else {
            draining.remove(replica);
        }
        touch(replica);
    }

    /// Returns the replicas that are draining, as of now.
    List<Replica> drainingNow() {
        return draining.isEmpty() ? List.of() : List.copyOf(draining);
    }

    /// Gives a replica no more requests; it is unloaded when those in flight have ended.
    void drain(Replica replica, UnloadReason why) {
        if (replica.state() instanceof Loaded loaded) {
            long since = loaded instanceof Draining before ? before.since() : now;
            move(replica, new Draining(loaded.serving(), loaded.inFlight(), since, why));
        }
    }

    /// Lets a replica that was to leave take requests again; nothing when its node was told
    /// already.
    void stay(Replica replica) {
        if (replica.state() instanceof Draining draining) {
            move(replica, new Ready(draining.serving(), draining.inFlight(), now));
        } else if (replica.state() instanceof Loading loading) {
            move(replica, new Loading(loading.since(), null));
        }
    }

    /// Tells its node to unload a replica without leases.
    void unload(Replica replica, UnloadReason why) {
        if (replica.state() instanceof Loaded loaded) {
            move(replica, new Unloading(loaded.serving(), now, why));
            effect(
                    new StartUnload(
                            replica.node(),
                            replica.generation(),
                            replica.model(),
                            loaded.serving().info().replica(),
                            why));
        }
    }

    /// One request more or less in flight.
    void count(Replica replica, int by) {
        if (replica.state() instanceof Loaded loaded) {
            int inFlight = loaded.inFlight() + by;
            if (inFlight < 0) {
                throw new IllegalStateException("less than no request in flight: " + loaded);
            }
            replica.become(loaded.with(inFlight, now));
            if (inFlight == 0 || inFlight == by) {
                replica.home.touchRoom();
            }
        }
    }

    /// Returns who waits, in the order in which they began to.
    Collection<Wait> waits() {
        return waits.values();
    }

    /// Begins to wait for a model.
    ///
    /// @return whether nobody waited before
    boolean beginWait(ModelState model) {
        if (model.wait != null) {
            return false;
        }
        Wait wait = new Wait(model);
        model.wait = wait;
        waits.put(model.id, wait);
        return true;
    }

    /// Drops what belonged to a wait: nobody waits for the model any more.
    void endWait(ModelState model) {
        Wait wait = waits.remove(model.id);
        if (wait != null) {
            wait.claim(null);
            model.wait = null;
        }
        model.fullSince = null;
    }

    /// Notes what operators want of a model.
    void want(ModelState model, @Nullable Wanted wanted) {
        wishesChanged = true;
        if (wanted != null) {
            beginWait(model);
        }
        if (model.wait != null) {
            model.wait.want(wanted);
        }
    }

    /// Has the operators' wishes kept for the next run when they have changed. At the end requests
    /// and loads are refused that nobody has given up.
    void keepWishes() {
        if (!wishesChanged || closing) {
            return;
        }
        wishesChanged = false;
        Wishes now = wishes();
        if (!now.equals(kept)) {
            kept = now;
            effect(new KeepWishes(now));
        }
    }

    private Wishes wishes() {
        Map<String, Set<String>> pins = new HashMap<>();
        Set<String> drained = new HashSet<>();
        for (NodeState node : nodes.values()) {
            if (!node.pinned().isEmpty()) {
                pins.put(node.name(), node.pinned());
            }
            if (node.draining()) {
                drained.add(node.name());
            }
        }
        List<WantedLoad> loads = new ArrayList<>(recalled);
        for (Wait wait : waits.values()) {
            Wanted wanted = wait.wanted();
            if (wanted != null) {
                NodeState node = wanted.node();
                loads.add(new WantedLoad(wait.model().id, node == null ? null : node.name()));
            }
        }
        return new Wishes(pins, drained, loads);
    }

    void touch(Replica replica) {
        replica.home.touch();
    }

    void claim(ModelState model, @Nullable Claim claim) {
        if (model.wait != null) {
            model.wait.claim(claim);
        }
    }
}
