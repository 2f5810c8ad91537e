package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Residency;
import cortex.core.failure.Failure;
import cortex.gateway.fleet.machine.Wait.Claim;
import cortex.gateway.fleet.machine.Wait.Wanted;
import cortex.gateway.fleet.queue.FairQueue;
import cortex.gateway.fleet.queue.FairQueue.RoutePreference;
import cortex.gateway.fleet.queue.HoldBack;
import cortex.gateway.fleet.rules.Affinity;
import cortex.gateway.fleet.rules.Backoff;
import cortex.gateway.fleet.view.LiveModel;
import cortex.gateway.fleet.view.LiveModel.LoadFailure;
import cortex.gateway.fleet.view.Progress;
import cortex.gateway.fleet.view.Progress.Stage;
import cortex.gateway.fleet.rules.ReplicaState.Draining;
import cortex.gateway.fleet.rules.ReplicaState.Loading;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.rules.ReplicaState.Suspect;
import cortex.gateway.fleet.view.Route;
import cortex.gateway.placement.Decision;
import cortex.gateway.placement.Verdict;
import cortex.gateway.placement.eviction.Traffic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One model: who waits for it, where it is loaded, where loading it failed. Changed by the machine
/// only.
final class ModelState {
    private static final Duration SOON = Duration.ofSeconds(1);

    final String id;
    final FairQueue queue;
    final List<Replica> replicas = new ArrayList<>();
    final Affinity conversations;

    /// The slots that each client's requests have of all its replicas; of those that have some.
    final Map<String, Integer> held = new HashMap<>();

    /// The same by network.
    final Map<String, Integer> heldByNetwork = new HashMap<>();

    /// How requests that take several slots keep others from them.
    final HoldBack holdBack = new HoldBack();

    /// Where its last load failed, by node.
    private final Map<String, Backoff> failures = new LinkedHashMap<>();

    /// Null for a model found on a neuron that the catalogue does not know.
    @Nullable ModelProfile profile;

    /// What is known while somebody waits for it; null when nobody does.
    @Nullable Wait wait;

    /// Why the last load that an operator wanted was given up.
    @Nullable Failure refusal;

    /// How often it is asked for.
    Traffic traffic = Traffic.NONE;

    /// How long its last load took, in seconds; null before the first.
    private @Nullable Double loadSecs;

    /// Whether an operator unloaded it, so that it stays away until somebody asks for it.
    boolean rests;

    /// Since when all its replicas have been at their limit with requests waiting.
    @Nullable Long fullSince;

    /// When another replica may be looked for again.
    long growAt = Long.MIN_VALUE;

    private final Changes changes;
    private @Nullable LiveModel view;

    ModelState(String id, FleetMachine.Settings settings, Changes changes) {
        this.id = id;
        this.changes = changes;
        this.queue = new FairQueue(settings.maxWaiters());
        this.conversations = new Affinity(settings.policy().routing().conversations());
    }

    /// Notes that something of the model has changed that readers of the fleet see.
    void touch() {
        view = null;
        changes.note();
    }

    /// Returns what readers of the fleet see of it: the same object until that changes.
    LiveModel view() {
        LiveModel known = view;
        if (known == null) {
            List<LoadFailure> failed = new ArrayList<>();
            failures.forEach((node, last) -> failed.add(new LoadFailure(node, last.reason())));
            known = new LiveModel(id, wanted() != null, loadSecs, failed, queue::size);
            view = known;
        }
        return known;
    }

    Residency residency() {
        ModelProfile known = profile;
        return known == null ? Residency.DEFAULT : known.residency();
    }

    /// Its residency class.
    int priority() {
        return residency().priority();
    }

    /// Returns the operator's load that has not been successful yet, or null.
    @Nullable Wanted wanted() {
        return wait == null ? null : wait.wanted();
    }

    /// Returns the memory it is about to get, or null.
    @Nullable Claim claim() {
        return wait == null ? null : wait.claim();
    }

    /// Notes that a load of it was successful on a node.
    ///
    /// @param seconds how long it took; null when that is not known
    void loaded(String node, @Nullable Double seconds) {
        failures.remove(node);
        loadSecs = seconds == null ? loadSecs : seconds;
        if (wait != null) {
            wait.loaded();
        }
        touch();
    }

    /// Notes that a load of it failed on a node.
    void loadFailed(String node, Backoff failure) {
        failures.put(node, failure);
        touch();
    }

    /// Returns how loads of it last failed on a node; null when none did, or one was successful
    /// since.
    @Nullable Backoff failure(String node) {
        return failures.get(node);
    }

    /// Returns how long its last load took, in seconds; null before the first.
    @Nullable Double loadSecs() {
        return loadSecs;
    }

    boolean waits() {
        return !queue.isEmpty() || wanted() != null;
    }

    /// Orders the models that wait: the number of the oldest that waits for this one.
    long order() {
        FairQueue.Waiter oldest = queue.oldest();
        Wanted wish = wanted();
        long request = oldest == null ? Long.MAX_VALUE : oldest.request();
        return wish == null ? request : Math.min(request, wish.id());
    }

    /// Since when it is waited for; only when it is.
    long waitedForSince() {
        FairQueue.Waiter oldest = queue.oldest();
        Wanted wish = wanted();
        if (oldest == null) {
            return wish == null ? Long.MAX_VALUE : wish.since();
        }
        return wish == null || oldest.since() - wish.since() < 0 ? oldest.since() : wish.since();
    }

    /// Whether a replica is ready, be it at its limit.
    boolean served() {
        for (int i = 0; i < replicas.size(); i++) {
            if (replicas.get(i).ready()) {
                return true;
            }
        }
        return false;
    }

    /// Whether a replica is ready on a node that is in use.
    boolean servedElsewhere(NodeState node) {
        return replicas.stream().anyMatch(r -> r.home != node && r.ready() && !r.home.draining());
    }

    /// Whether a replica is about to be ready without anything being done.
    boolean expectsReplica(long now) {
        return replicas.stream()
                .filter(Replica::reachable)
                .anyMatch(r ->
                        r.state() instanceof Loading
                                || (r.state() instanceof Suspect && !r.breaker.open(now)));
    }

    /// The replica that a request goes to: the one that served its conversation before, unless that
    /// is busier than the best by half its capacity; else the one with the least in flight for its
    /// capacity; the one it is to avoid only when there is no other. Null when none is ready or all
    /// are at their limit. A node that is drained is chosen only while no other has the model
    /// ready.
    @Nullable Replica route(RoutePreference preference, int weight, long now) {
        return route(preference, weight, now, null);
    }

    /// The same, of all but the replica that is `kept` for another request.
    @Nullable Replica route(
            RoutePreference preference, int weight, long now, @Nullable Replica kept) {
        if (replicas.size() == 1) {
            Replica only = replicas.getFirst();
            return only != kept && only.takes(weight, now) ? only : null;
        }
        boolean elsewhere = servedElsewhere();
        long before = conversations.servedBy(preference.conversation());
        Replica avoided = null;
        Replica best = null;
        Replica known = null;
        for (int i = 0; i < replicas.size(); i++) {
            Replica replica = replicas.get(i);
            if (replica == kept
                    || !replica.takes(weight, now)
                    || (elsewhere && replica.home.draining())) {
                continue;
            }
            if (replica.generation() == preference.avoid()) {
                avoided = replica;
                continue;
            }
            if (replica.generation() == before) {
                known = replica;
            }
            if (best == null || replica.pressure() < best.pressure()) {
                best = replica;
            }
        }
        if (best == null) {
            return avoided;
        }
        boolean prefers = known != null && known.pressure() <= best.pressure() + Replica.HALF;
        return prefers ? known : best;
    }

    /// Whether some replica has a slot for a request.
    boolean hasSlot(long now) {
        for (int i = 0; i < replicas.size(); i++) {
            if (replicas.get(i).takes(1, now)) {
                return true;
            }
        }
        return false;
    }

    /// The replica that would soonest have slots for a request that none takes now; null when none
    /// ever would.
    @Nullable Replica soonest() {
        boolean elsewhere = servedElsewhere();
        Replica soonest = null;
        for (Replica replica : replicas) {
            boolean counts = replica.ready() && !replica.breaker.tripped();
            if (counts
                    && !(elsewhere && replica.home.draining())
                    && (soonest == null || replica.pressure() < soonest.pressure())) {
                soonest = replica;
            }
        }
        return soonest;
    }

    /// Whether one that `has` so many slots and takes so many more leaves one of them all, those of
    /// a replica included that was told to leave in this moment: it may stay yet.
    boolean leavesOne(int has, int weight, long now) {
        boolean elsewhere = servedElsewhere();
        int all = 0;
        int most = 1;
        for (Replica replica : replicas) {
            boolean stays =
                    replica.state() instanceof Draining draining
                            && draining.since() == now
                            && replica.home.healthy();
            boolean counts = (stays || replica.ready()) && !replica.breaker.tripped();
            if (counts && !(elsewhere && replica.home.draining())) {
                if (replica.limit() == Integer.MAX_VALUE) {
                    return true;
                }
                all += replica.limit();
                most = Math.max(most, replica.slotsFor(weight));
            }
        }
        return all < 2 || has + most < all;
    }

    /// Each replica as a request of a conversation sees it.
    Map<Replica, Route> routes(long conversation, long now) {
        long before = conversations.servedBy(conversation);
        boolean elsewhere = servedElsewhere();
        Map<Replica, Route> routes = new LinkedHashMap<>();
        for (Replica replica : replicas) {
            routes.put(replica, replica.route(replica.generation() == before, elsewhere, now));
        }
        return routes;
    }

    private boolean servedElsewhere() {
        for (int i = 0; i < replicas.size(); i++) {
            Replica replica = replicas.get(i);
            if (replica.ready() && !replica.home.draining()) {
                return true;
            }
        }
        return false;
    }

    /// Whether more requests are there than all its ready replicas do at once; one slot may be kept
    /// free.
    boolean overflows() {
        boolean any = false;
        boolean over = !queue.isEmpty();
        boolean oneFree = over;
        for (Replica replica : replicas) {
            if (replica.ready()) {
                if (replica.pressure() < 1) {
                    boolean last = oneFree && replica.slotsLeft() == 1;
                    if (!last) {
                        return false;
                    }
                    oneFree = false;
                }
                any = true;
                over |= replica.pressure() > 1;
            }
        }
        return any && over;
    }

    /// How far it is for those who wait for it.
    Progress progress(long now) {
        Double seconds = loadSecs;
        Duration load = seconds == null ? null : Duration.ofMillis((long) (seconds * 1000));
        for (Replica replica : replicas) {
            if (replica.state() instanceof Loading loading && replica.reachable()) {
                Duration left = load == null ? null : load.minusNanos(now - loading.since());
                boolean late = left != null && left.compareTo(SOON) < 0;
                return new Progress(Stage.LOADING, replica.node(), late ? SOON : left);
            }
        }
        if (served()) {
            return new Progress(Stage.QUEUED, null, null);
        }
        Decision decision = wait == null ? null : wait.decision();
        Verdict chosen = decision == null ? null : decision.chosen();
        if (chosen != null && chosen.standing() == Verdict.Standing.AWAY) {
            return new Progress(Stage.AWAY, chosen.room().node(), null);
        }
        Claim room = claim();
        Progress failing = room == null ? failing(now) : null;
        if (failing != null) {
            return failing;
        }
        return new Progress(Stage.MAKING_ROOM, room == null ? null : room.node().name(), load);
    }

    private @Nullable Progress failing(long now) {
        for (Replica replica : replicas) {
            if (replica.breaker.open(now) && replica.reachable()) {
                Duration left = Duration.ofNanos(replica.breaker.openUntil() - now);
                return new Progress(Stage.FAILING, replica.node(), left);
            }
        }
        return null;
    }

    /// How many of its ready replicas could go so that it stays loaded, and as often as the
    /// catalogue wants.
    int spare() {
        int ready = 0;
        for (Replica replica : replicas) {
            ready += replica.ready() && !replica.home.draining() ? 1 : 0;
        }
        return Math.max(0, ready - Math.max(1, residency().minReplicas()));
    }

    /// Replicas that are there to stay: neither drained nor on a node that is given up.
    int staying() {
        int count = 0;
        for (Replica replica : replicas) {
            boolean stays =
                    replica.state() instanceof Loading
                            || replica.state() instanceof Ready
                            || replica.state() instanceof Suspect;
            count += stays && replica.reachable() && !replica.home.draining() ? 1 : 0;
        }
        return count;
    }
}
