package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Residency;
import cortex.core.failure.Failure;
import cortex.gateway.fleet.machine.Wait.Claim;
import cortex.gateway.fleet.machine.Wait.Wanted;
import cortex.gateway.fleet.queue.FairQueue;
import cortex.gateway.fleet.queue.FairQueue.RoutePreference;
import cortex.gateway.fleet.queue.FairQueue.Waiter;
import cortex.gateway.fleet.queue.HoldBack;
import cortex.gateway.fleet.queue.Shares;
import cortex.gateway.fleet.rules.Affinity;
import cortex.gateway.fleet.rules.Changes;
import cortex.gateway.fleet.rules.FailedLoads;
import cortex.gateway.fleet.rules.Growth;
import cortex.gateway.fleet.rules.ReplicaState.Draining;
import cortex.gateway.fleet.rules.ReplicaState.Loading;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.rules.ReplicaState.Suspect;
import cortex.gateway.fleet.view.LiveModel;
import cortex.gateway.fleet.view.Route;
import cortex.gateway.placement.eviction.Traffic;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Is one model as the fleet knows it: what waits for it, where it is loaded, where loading it
/// failed. Owns what it knows: others change it by its methods only. Times are monotonic
/// nanoseconds.
final class ModelState {
    private final String id;
    private final Changes changes;
    private final Changes wishes;
    private final FairQueue queue;
    private final Affinity conversations;
    private final List<Replica> replicas = new ArrayList<>();
    private final List<Replica> replicasToRead = Collections.unmodifiableList(replicas);

    private final Shares shares = new Shares();
    private final Growth growth = new Growth();

    /// How requests that take several slots keep others from them.
    private final HoldBack holdBack = new HoldBack();

    /// Where its last load failed, and where it has worked.
    private final FailedLoads failures = new FailedLoads(this::touch);

    /// Null for a model found on a neuron that the catalogue does not know.
    private @Nullable ModelProfile profile;

    /// What is known while somebody waits for it; null when nobody does.
    private @Nullable Wait wait;

    /// Why the last load that an operator wanted was given up.
    private @Nullable Failure refusal;

    /// How often it is asked for.
    private Traffic traffic = Traffic.NONE;

    /// How long its last load took, in seconds; null before the first.
    private @Nullable Double loadSecs;

    /// Whether an operator unloaded it, so that it stays away until somebody asks for it.
    private boolean rests;

    private @Nullable LiveModel view;

    /// Makes a model that nobody has asked for.
    ///
    /// @param profile its catalogue entry, null when there is none
    ModelState(String id, @Nullable ModelProfile profile, FleetState.Counted counted) {
        this.id = id;
        this.profile = profile;
        this.changes = counted.changes();
        this.wishes = counted.wishes();
        this.queue = new FairQueue(counted.settings().maxWaiters());
        this.conversations = new Affinity(counted.settings().policy().routing().conversations());
    }

    private void touch() {
        view = null;
        changes.note();
    }

    /// Returns what readers of the fleet see of it: the same object until that changes.
    LiveModel view() {
        LiveModel known = view;
        if (known == null) {
            var failed = new LiveModel.Failures(failures.all(), failures.everywhere());
            known = new LiveModel(id, wanted() != null, loadSecs, failed, queue::size);
            view = known;
        }
        return known;
    }

    /// Returns its name in the catalogue, or the one its neuron gives it.
    String id() {
        return id;
    }

    /// Returns its catalogue entry; null for a model found on a neuron that has none.
    @Nullable ModelProfile profile() {
        return profile;
    }

    /// Replaces its catalogue entry.
    void profile(ModelProfile now) {
        if (!now.equals(profile)) {
            failures.forgetLasting();
        }
        profile = now;
    }

    /// Returns the requests that wait for it.
    FairQueue queue() {
        return queue;
    }

    /// Returns how requests that take several slots keep others from them.
    HoldBack holdBack() {
        return holdBack;
    }

    /// Returns its replicas, oldest first; not to be changed.
    List<Replica> replicas() {
        return replicasToRead;
    }

    void add(Replica replica) {
        replicas.add(replica);
    }

    void remove(Replica replica) {
        replicas.remove(replica);
    }

    Residency residency() {
        ModelProfile known = profile;
        return known == null ? Residency.DEFAULT : known.residency();
    }

    /// Returns its residency class.
    int priority() {
        return residency().priority();
    }

    /// Notes that somebody asks for it, so that it stays away no longer.
    void askedFor(long now) {
        rests = false;
        traffic = traffic.noted(now);
    }

    /// Returns how often it is asked for, as of now.
    double usesPerSecond(long now) {
        return traffic.perSecond(now);
    }

    /// Notes that an operator unloaded it: it stays away until somebody asks for it, unless
    /// somebody waits for it already.
    void unloadedByOperator() {
        rests = queue.isEmpty();
    }

    /// Returns whether it stays away until somebody asks for it.
    boolean rests() {
        return rests;
    }

    /// Notes that an operator wants it loaded.
    void wantedByOperator() {
        rests = false;
        refusal = null;
    }

    /// Notes why a load that an operator wanted is given up.
    void givenUp(Failure why) {
        refusal = why;
    }

    /// Returns why the last load that an operator wanted was given up; null when it was not.
    @Nullable Failure refusal() {
        return refusal;
    }

    /// Notes that a load of it was successful on a node.
    ///
    /// @param seconds how long it took; null when that is not known
    void loaded(String node, @Nullable Double seconds) {
        failures.worked(node);
        loadSecs = seconds == null ? loadSecs : seconds;
        if (wait != null) {
            wait.loaded();
        }
        touch();
    }

    /// Returns where its last load failed, and where it has worked.
    FailedLoads failures() {
        return failures;
    }

    /// Returns how long its last load took, in seconds; null before the first.
    @Nullable Double loadSecs() {
        return loadSecs;
    }

    /// Returns what is known while somebody waits for it; null when nobody does.
    @Nullable Wait waiting() {
        return wait;
    }

    /// Begins to wait; only when nobody does.
    Wait beginWait() {
        wait = new Wait(this);
        return wait;
    }

    /// Drops what belonged to a wait: nobody waits for it any more.
    void endWait() {
        if (wait != null) {
            wait.claim(null);
        }
        wait = null;
        growth.isEnough();
    }

    /// Returns the operator's load that has not been successful yet, or null.
    @Nullable Wanted wanted() {
        return wait == null ? null : wait.wanted();
    }

    /// Notes the operator's load that is wanted now, or that none is; only while somebody waits.
    void want(@Nullable Wanted now) {
        if (wait != null) {
            wait.want(now);
        }
        wishes.note();
        touch();
    }

    /// Returns the memory it is about to get, or null.
    @Nullable Claim claim() {
        return wait == null ? null : wait.claim();
    }

    /// Claims memory instead of what it claimed before; null claims none.
    void claim(@Nullable Claim claim) {
        if (wait != null) {
            wait.claim(claim);
        }
    }

    /// Returns the replicas that drain so that it gets its turn.
    Set<Replica> drainingFor() {
        return wait == null ? Set.of() : wait.drainingFor();
    }

    /// Notes which replicas drain so that it gets its turn.
    void drainingFor(Set<Replica> replicas) {
        if (wait != null) {
            wait.drainingFor(replicas);
        }
    }

    boolean waits() {
        return !queue.isEmpty() || wanted() != null;
    }

    /// Gives a client's request slots of a replica.
    void granted(Waiter waiter, Replica replica, int slots) {
        shares.take(waiter.client(), slots);
        conversations.serves(waiter.preference().conversation(), replica.generation());
    }

    /// Returns how many slots of all its replicas each client and network has.
    Shares shares() {
        return shares;
    }

    /// Returns when another replica of it is looked for.
    Growth growth() {
        return growth;
    }

    /// Returns the number of the oldest request or wish that waits for it; orders models that wait.
    long order() {
        FairQueue.Waiter oldest = queue.oldest();
        Wanted wish = wanted();
        long request = oldest == null ? Long.MAX_VALUE : oldest.request();
        return wish == null ? request : Math.min(request, wish.id());
    }

    /// Returns since when it is waited for; only when it is.
    long waitedForSince() {
        FairQueue.Waiter oldest = queue.oldest();
        Wanted wish = wanted();
        if (oldest == null) {
            return wish == null ? Long.MAX_VALUE : wish.since();
        }
        return wish == null || oldest.since() - wish.since() < 0 ? oldest.since() : wish.since();
    }

    /// Returns whether a replica is ready; it may be at its limit.
    boolean served() {
        for (int i = 0; i < replicas.size(); i++) {
            if (replicas.get(i).ready()) {
                return true;
            }
        }
        return false;
    }

    /// Returns whether a node has a replica of it, in whatever state.
    boolean isOn(NodeState node) {
        return replicas.stream().anyMatch(replica -> replica.home() == node);
    }

    /// Returns whether a replica is ready on another node, which is in use.
    boolean servedElsewhere(NodeState node) {
        return replicas.stream()
                .anyMatch(r -> r.home() != node && r.ready() && !r.home().draining());
    }

    /// Returns whether a replica is about to be ready without anything being done: its load or a
    /// doubt ends, or its neuron is back.
    boolean expectsReplica(long now) {
        return replicas.stream()
                .filter(Replica::kept)
                .anyMatch(r ->
                        r.state() instanceof Loading
                                || (r.state() instanceof Suspect && !r.isBarred(now))
                                || r.comesBack());
    }

    /// Returns whether a replica is ready as soon as its neuron is back from a restart.
    boolean comesBack() {
        return replicas.stream().anyMatch(Replica::comesBack);
    }

    /// Returns the replica that a request goes to; null when none takes it now. That is the one
    /// that served its conversation before, unless it is busier than the best by half its capacity;
    /// else the one with the least in flight for its capacity. The one to avoid, or one on a
    /// drained node, is chosen only when there is no other.
    @Nullable Replica route(RoutePreference preference, int weight, long now) {
        return route(preference, weight, now, null);
    }

    /// Does the same, of all but the replica that is `kept` for another request.
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
                    || (elsewhere && replica.home().draining())) {
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

    /// Returns whether some replica has a slot for a request.
    boolean hasSlot(long now) {
        for (int i = 0; i < replicas.size(); i++) {
            if (replicas.get(i).takes(1, now)) {
                return true;
            }
        }
        return false;
    }

    /// Returns the replica that would soonest have slots for a request that none takes now; null
    /// when none ever would.
    @Nullable Replica soonest() {
        boolean elsewhere = servedElsewhere();
        Replica soonest = null;
        for (Replica replica : replicas) {
            boolean counts = replica.ready() && !replica.isDistrusted();
            if (counts
                    && !(elsewhere && replica.home().draining())
                    && (soonest == null || replica.pressure() < soonest.pressure())) {
                soonest = replica;
            }
        }
        return soonest;
    }

    /// Returns whether somebody who has `has` slots, and takes those of one more request, leaves
    /// one of all slots. A replica that was told to leave in this moment counts: it may stay yet.
    boolean leavesOne(int has, int weight, long now) {
        boolean elsewhere = servedElsewhere();
        int all = 0;
        int most = 1;
        for (Replica replica : replicas) {
            boolean stays =
                    replica.state() instanceof Draining draining
                            && draining.since() == now
                            && replica.home().healthy();
            boolean counts = (stays || replica.ready()) && !replica.isDistrusted();
            if (counts && !(elsewhere && replica.home().draining())) {
                if (replica.limit() == Integer.MAX_VALUE) {
                    return true;
                }
                all += replica.limit();
                most = Math.max(most, replica.slotsFor(weight));
            }
        }
        return all < 2 || has + most < all;
    }

    /// Returns each replica as a request of a conversation sees it.
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
        for (Replica replica : replicas) {
            if (replica.ready() && !replica.home().draining()) {
                return true;
            }
        }
        return false;
    }

    /// Returns whether there are more requests than all its ready replicas do at once; one slot may
    /// be kept free.
    boolean overflows() {
        boolean any = false;
        boolean over = !queue.isEmpty();
        boolean oneFree = over;
        for (Replica replica : replicas) {
            if (replica.ready()) {
                if (replica.pressure() < 1) {
                    if (!oneFree || replica.slotsLeft() != 1) {
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

    /// Returns how many of its ready replicas could go while it stays loaded as often as the
    /// catalogue wants, and at least once.
    int spare() {
        int ready = 0;
        for (Replica replica : replicas) {
            ready += replica.ready() && !replica.home().draining() ? 1 : 0;
        }
        return Math.max(0, ready - Math.max(1, residency().minReplicas()));
    }

    /// Counts the replicas that are there to stay: neither drained nor on a node that is given up.
    int staying() {
        int count = 0;
        for (Replica replica : replicas) {
            var at = replica.state();
            boolean stays = at instanceof Loading || at instanceof Ready || at instanceof Suspect;
            count += stays && replica.kept() && !replica.home().draining() ? 1 : 0;
        }
        return count;
    }
}
