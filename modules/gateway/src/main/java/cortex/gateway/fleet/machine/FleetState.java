package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.config.RoutingConfig;
import cortex.gateway.fleet.machine.Effect.Remember;
import cortex.gateway.fleet.machine.Effect.StartUnload;
import cortex.gateway.fleet.machine.NodeState.Departure;
import cortex.gateway.fleet.machine.Wait.Wanted;
import cortex.gateway.fleet.queue.FairQueue.Waiter;
import cortex.gateway.fleet.queue.LastActive;
import cortex.gateway.fleet.queue.Networks;
import cortex.gateway.fleet.rules.Changes;
import cortex.gateway.fleet.rules.Changes.ViewedMap;
import cortex.gateway.fleet.rules.Dirty;
import cortex.gateway.fleet.rules.Notices;
import cortex.gateway.fleet.rules.ReplicaMemory;
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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Holds all that the machine knows, with the few changes that several of its parts make. What is
/// changed here keeps the books in step: a replica stands in the fleet's, its node's and its
/// model's list, or in none. Owns what it knows: others change it by its methods only.
final class FleetState {
    /// How many engines that ended are remembered.
    private static final int ENDED = 64;

    private final Counted counted;
    private final FleetMachine.Settings settings;
    private final Map<String, NodeState> nodes = new LinkedHashMap<>();
    private final Map<Long, Replica> replicas = new LinkedHashMap<>();
    private final Map<String, ModelState> models = new HashMap<>();

    /// The models for which somebody waits: requests, or an operator.
    private final Map<String, Wait> waits = new LinkedHashMap<>();

    private final Set<Replica> draining = new LinkedHashSet<>();

    /// The open leases by request. Their replica may be gone already.
    private final Map<Long, Held> open = new HashMap<>();

    /// What the engine of each model's last ready replica said; the replica may be gone.
    private final ViewedMap<String, KnownModel> known;

    /// The last engines that ended without being told to, as their nodes report it, by their loads.
    private final ViewedMap<Long, String> ended;

    private final Footprints footprints = new Footprints();
    private final LastActive clients = new LastActive();
    private final LastActive networks = new LastActive();
    private final Dirty<ModelState> dirty = new Dirty<>();
    private final Deque<Runnable> followUps = new ArrayDeque<>();

    /// What the event being handled brings about, and the decisions about loads it led to.
    private List<Effect> effects = new ArrayList<>();

    private List<Decision> decisions = List.of();
    private final Notices notices = new Notices();

    /// When the event being handled came, and when the first did; nodes are waited for from then
    /// on.
    private long now;

    private @Nullable Long begunAt;

    private boolean closing;

    /// The highest number a request or wish had.
    private long newestRequest;

    private long lastGeneration;

    /// What readers were last given, and how many changes there were then.
    private @Nullable FleetView view;

    private long viewedAt;

    /// Is what a request has of a replica.
    record Held(Replica replica, String client, int slots) {}

    /// Is what every part of the state is made with.
    ///
    /// @param changes counts the changes that readers of the fleet see
    /// @param wishes counts the changes of what operators want
    record Counted(FleetMachine.Settings settings, Changes changes, Changes wishes) {}

    FleetState(FleetMachine.Settings settings) {
        this.settings = settings;
        this.counted = new Counted(settings, new Changes(), new Changes());
        this.known = counted.changes().map(Integer.MAX_VALUE);
        this.ended = counted.changes().map(ENDED);
        settings.neurons()
                .forEach(n -> nodes.put(n.name(), new NodeState(n.name(), n.endpoint(), counted)));
    }

    /// Returns what the fleet is made of.
    FleetMachine.Settings settings() {
        return settings;
    }

    /// Returns when the event being handled came.
    long now() {
        return now;
    }

    /// Returns the configured nodes, in the order of the configuration.
    Collection<NodeState> nodes() {
        return nodes.values();
    }

    /// Returns a node; null when none is called so.
    @Nullable NodeState node(String name) {
        return nodes.get(name);
    }

    /// Returns the replicas, oldest first.
    Collection<Replica> replicas() {
        return replicas.values();
    }

    /// Returns the models that are known, in no order.
    Collection<ModelState> models() {
        return models.values();
    }

    /// Returns the replica of a load; null when it is gone.
    @Nullable Replica replica(long generation) {
        return replicas.get(generation);
    }

    /// Returns whether a replica is still on the books.
    boolean has(Replica replica) {
        return replicas.get(replica.generation()) == replica;
    }

    /// Returns what models were measured to take.
    Footprints footprints() {
        return footprints;
    }

    /// Returns the marks that the scheduler looks at.
    Dirty<ModelState> dirty() {
        return dirty;
    }

    /// Leaves something to do until the scheduler has run: an exception, which says why.
    void afterwards(Runnable followUp) {
        followUps.add(followUp);
    }

    /// Takes the next thing that was left to do; null when nothing is.
    @Nullable Runnable takeFollowUp() {
        return followUps.poll();
    }

    /// Takes no more requests from now on.
    void close() {
        closing = true;
    }

    /// Returns whether no more requests are taken.
    boolean closing() {
        return closing;
    }

    /// Notes the number of a request or of a wish.
    void numbered(long number) {
        newestRequest = Math.max(newestRequest, number);
    }

    /// Returns the highest number that a request or wish had.
    long newestRequest() {
        return newestRequest;
    }

    /// Begins to handle an event that comes at `at`.
    void begin(long at) {
        now = at;
        effects = new ArrayList<>(1);
        decisions = List.of();
        notices.clear();
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
        boolean changed = view == null || viewedAt != counted.changes().count();
        return new FleetMachine.Reaction(effects, decisions, notices.all(), changed);
    }

    /// Returns the fleet as readers see it, made anew when it has changed since.
    FleetView view() {
        FleetView made = view;
        long changes = counted.changes().count();
        if (made == null || viewedAt != changes) {
            made = makeView();
            view = made;
            viewedAt = changes;
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
                nodeViews, replicaViews, modelViews, known.view(), ended.view(), footprints.all());
    }

    /// Returns whether a node that does not answer was heard of so short a time ago (or the fleet
    /// is so young) that it may be back in a moment, or has said when it is back. One that does not
    /// let this gateway in stays so.
    boolean awaited(NodeState node, long at) {
        Long begun = begunAt;
        long heard = node.answered() ? node.reportedAt() : begun == null ? at : begun;
        boolean lately = at - heard < settings.nodeGrace().toNanos();
        return !node.healthy() && !node.shutOut() && (lately || node.comesBack());
    }

    /// Returns whether the first word of a node is still to come, so that nobody knows what is
    /// loaded.
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

    /// Notes that a model was measured to take something else than was known.
    void learned(Footprints.Note note) {
        effect(new Remember(note.footprint(), note.driftsAnew()));
        counted.changes().note();
    }

    /// Returns a model as it is known, or as one that was never heard of; changes nothing.
    ModelState peek(ModelProfile profile) {
        ModelState model = models.get(profile.id());
        return model != null ? model : new ModelState(profile.id(), profile, counted);
    }

    /// Returns a model that is known; null when it was never heard of.
    @Nullable ModelState find(String id) {
        return models.get(id);
    }

    ModelState model(ModelProfile profile) {
        ModelState model = model(profile.id());
        model.profile(profile);
        return model;
    }

    /// Returns a model, which is known from now on.
    ModelState model(String id) {
        ModelState model = models.get(id);
        if (model == null) {
            model = new ModelState(id, settings.catalogue().find(id), counted);
            models.put(id, model);
            counted.changes().note();
        }
        return model;
    }

    /// Takes note of what was decided about a load, unless it is what was decided before.
    void decided(ModelState model, Decision decision) {
        Wait wait = model.waiting();
        if (wait != null && wait.decided(decision)) {
            if (decisions.isEmpty()) {
                decisions = new ArrayList<>(1);
            }
            decisions.add(decision);
        }
    }

    Notices notices() {
        return notices;
    }

    /// Notes that a client asks for something, or has had it.
    void active(String client) {
        clients.active(client, now);
        networks.active(Networks.of(client), now);
    }

    /// Returns whether a client other than this one asked for something a short time ago.
    boolean othersActive(String client) {
        return clients.others(client, now - settings.policy().keepSlot().toNanos());
    }

    /// Returns whether a client of another network than this one did.
    boolean othersOfNetworkActive(String network) {
        return networks.others(network, now - settings.policy().keepSlot().toNanos());
    }

    /// Returns the count of changes of what operators want.
    Changes wishChanges() {
        return counted.wishes();
    }

    /// Returns the models for which somebody waits, those with the oldest request first.
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

    /// Returns a number that no load and no restart had before.
    long nextGeneration() {
        return ++lastGeneration;
    }

    /// Puts a replica on the books that is being loaded from now on.
    Replica addLoading(Replica.Placement place, ReplicaMemory memory) {
        Replica replica = new Replica(nextGeneration(), place, memory, now);
        replicas.put(replica.generation(), replica);
        place.home().add(replica);
        place.model().add(replica);
        return replica;
    }

    /// Takes a replica off the books. Its memory may come back only after a while.
    void remove(Replica replica) {
        Departure departure = replica.departure(now);
        replicas.remove(replica.generation());
        draining.remove(replica);
        replica.home().remove(replica, departure, now);
        ModelState model = replica.of();
        model.remove(replica);
        if (model.profile() == null && model.replicas().isEmpty()) {
            models.remove(model.id());
        }
    }

    /// Takes a replica off the books whose engine has ended by itself, as its node reports.
    void end(Replica replica, String reason) {
        ended.put(replica.generation(), reason);
        String how = reason.isEmpty() ? "" : ": " + reason;
        notices.add(replica.model(), "its engine on %s ended%s", replica.node(), how);
        remove(replica);
    }

    /// Moves a replica to another state; the one place where that is done.
    void move(Replica replica, ReplicaState next) {
        replica.become(next);
        if (next instanceof Ready ready && replica.of().profile() != null) {
            known.put(replica.model(), KnownModel.of(ready.serving().info()));
        }
        if (next instanceof Draining) {
            draining.add(replica);
        } else {
            draining.remove(replica);
        }
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

    /// Gives a request a lease of a replica.
    void lease(Waiter waiter, Replica replica) {
        int slots = replica.slotsFor(waiter.weight());
        replica.count(1, now);
        open.put(waiter.request(), new Held(replica, waiter.client(), slots));
        replica.granted(waiter.request(), slots);
        replica.of().granted(waiter, replica, slots);
    }

    /// Takes a request's lease back.
    ///
    /// @return its replica, which may be gone already; null when the request had no lease
    @Nullable Replica release(long request) {
        Held held = open.remove(request);
        if (held == null) {
            return null;
        }
        Replica replica = held.replica();
        active(held.client());
        replica.released(held.slots());
        replica.of().shares().giveBack(held.client(), held.slots());
        replica.count(-1, now);
        return replica;
    }

    /// Returns what is waited for, in the order in which that began.
    Collection<Wait> waits() {
        return waits.values();
    }

    /// Begins to wait for a model.
    ///
    /// @return whether nobody waited before
    boolean beginWait(ModelState model) {
        if (model.waiting() != null) {
            return false;
        }
        waits.put(model.id(), model.beginWait());
        return true;
    }

    /// Drops what belonged to a wait: nobody waits for the model any more.
    void endWait(ModelState model) {
        waits.remove(model.id());
        model.endWait();
    }

    /// Notes what operators want of a model.
    void want(ModelState model, @Nullable Wanted wanted) {
        if (wanted != null) {
            beginWait(model);
        }
        model.want(wanted);
    }
}
