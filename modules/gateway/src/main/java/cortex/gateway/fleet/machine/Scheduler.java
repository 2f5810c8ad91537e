package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.files.ModelFiles;
import cortex.core.node.LoadRequest;
import cortex.gateway.fleet.machine.Effect.Grant;
import cortex.gateway.fleet.machine.Effect.PollNow;
import cortex.gateway.fleet.machine.Effect.Refuse;
import cortex.gateway.fleet.machine.Effect.StartLoad;
import cortex.gateway.fleet.machine.FleetEvent.LoadFailed;
import cortex.gateway.fleet.machine.Wait.Wanted;
import cortex.gateway.fleet.queue.FairQueue.RoutePreference;
import cortex.gateway.fleet.queue.FairQueue.Waiter;
import cortex.gateway.fleet.rules.Backoff;
import cortex.gateway.fleet.rules.Dirty;
import cortex.gateway.fleet.rules.MakingWay;
import cortex.gateway.fleet.rules.ReplicaMemory;
import cortex.gateway.fleet.rules.ReplicaMemory.Expected;
import cortex.gateway.fleet.rules.ReplicaState.Draining;
import cortex.gateway.fleet.rules.ReplicaState.Loaded;
import cortex.gateway.fleet.rules.ReplicaState.Loading;
import cortex.gateway.fleet.rules.UnloadReason;
import cortex.gateway.fleet.rules.UnloadReason.Cause;
import cortex.gateway.fleet.view.FailedLoad;
import cortex.gateway.fleet.view.Plan;
import cortex.gateway.fleet.view.Refusals;
import cortex.gateway.fleet.view.Route;
import cortex.gateway.placement.Circumstances;
import cortex.gateway.placement.Decision;
import cortex.gateway.placement.Demand;
import cortex.gateway.placement.Explanation;
import cortex.gateway.placement.NodeRoom;
import cortex.gateway.placement.Planner;
import cortex.gateway.placement.Verdict;
import cortex.gateway.placement.eviction.Resident;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Grants waiting requests, or starts what has to happen first: a load, an unload, a drain. Models
/// are scheduled in the order of their oldest request. Each claims the memory it waits for, so that
/// a later model does not take it.
///
/// Two models that need the same devices take turns. While one is busy, requests for the other
/// wait, but no longer than `max_extra_wait`. Then the busy model drains, and its own requests wait
/// for its next turn.
final class Scheduler {
    private final FleetState state;
    private final Planner planner;
    private final PlannerView view;

    Scheduler(FleetState state, Planner planner) {
        this.state = state;
        this.planner = planner;
        this.view = new PlannerView(state);
    }

    /// Runs once after each event, over what the event has marked; the numbers stand at the
    /// branches.
    ///
    /// 1. Serve: grant waiting requests where a ready replica has a slot. All models come first, so
    ///    that nothing is unloaded or loaded for those who need no more than that.
    /// 2. Forget who is satisfied: end waits that are over, and take back the turn of a model that
    ///    is served.
    /// 3. Unload what has drained and is still in a waiting model's way.
    /// 4. Place, the model with the oldest request first: load it where there is room, evict, or
    ///    begin to drain. Each claims the memory it waits for.
    /// 5. Give back drains that nobody needs: those replicas take requests again. While a node
    ///    restarts nobody knows.
    ///
    /// When only single models are marked, steps 1, 2 and 4 run for those alone: nothing has
    /// changed for the others. When only queues are marked, steps 1 and 2 do.
    void run(Dirty<ModelState> dirty) {
        if (dirty.isAll()) {
            dirty.clear();
            everything();
            return;
        }
        for (ModelState model : dirty.takeModels()) {
            place(model);
        }
        for (ModelState model : dirty.takeQueues()) {
            serve(model);
            if (!model.waits()) {
                state.endWait(model);
            }
        }
    }

    private void everything() {
        List<ModelState> models = state.waitingOldestFirst();
        // (1)
        for (ModelState model : models) {
            model.claim(null);
            serve(model);
        }
        // (2)
        for (ModelState model : models) {
            if (!model.waits()) {
                state.endWait(model);
            } else if (model.wanted() == null && model.served()) {
                model.drainingFor(Set.of());
            }
        }
        // (3)
        for (Replica replica : state.drainingNow()) {
            if (replica.idle() && replica.reachable() && isInTheWay(replica)) {
                state.unload(replica, Objects.requireNonNull(replica.leaving()));
            }
        }
        // (4)
        models.forEach(this::place);
        // (5)
        for (Replica replica : state.drainingNow()) {
            if (!replica.home().comesBack() && !isInTheWay(replica)) {
                state.stay(replica);
                place(replica.of());
            }
        }
    }

    /// Places one model, after it was served once more: a replica may have been given back to it.
    private void place(ModelState model) {
        if (!model.waits()) {
            return;
        }
        model.claim(null);
        // (1)
        serve(model);
        Wanted wish = model.wanted();
        if (wish != null && met(model, wish)) {
            state.want(model, null);
            wish = null;
        }
        if (!model.waits()) {
            // (2)
            state.endWait(model);
        } else if (!model.queue().isEmpty() && !model.served()) {
            if (model.expectsReplica(state.now()) || state.unheard()) {
                model.drainingFor(Set.of());
            } else {
                // (4) for requests
                carryOut(model, plan(model), true);
            }
        } else if (wish != null && !comes(model, wish)) {
            // (4) for an operator
            carryOut(model, plan(model, wish.node()), false);
        } else {
            model.drainingFor(Set.of());
        }
    }

    private void serve(ModelState model) {
        while (!model.queue().isEmpty() && model.hasSlot(state.now())) {
            ServingOrder order = new ServingOrder(state, model);
            Waiter next = order.next();
            if (next == null) {
                return;
            }
            Replica replica = Objects.requireNonNull(order.replica());
            model.queue().pop(next);
            grant(next, replica);
        }
    }

    private static boolean met(ModelState model, Wanted wish) {
        NodeState node = wish.node();
        return model.replicas().stream()
                .anyMatch(
                        r -> r.ready() && (node == null ? !r.home().draining() : r.home() == node));
    }

    private static boolean comes(ModelState model, Wanted wish) {
        NodeState node = wish.node();
        return model.replicas().stream()
                .anyMatch(r ->
                        (r.state() instanceof Loading || !r.reachable())
                                && r.kept()
                                && (node == null ? !r.home().draining() : r.home() == node));
    }

    /// Returns what would be done for a model now.
    Decision plan(ModelState model) {
        return plan(model, null);
    }

    private Decision plan(ModelState model, @Nullable NodeState only) {
        ModelProfile profile = Objects.requireNonNull(model.profile());
        List<NodeRoom> all = only == null ? view.all() : List.of(view.room(only));
        return planner.plan(profile, all, view.circumstances(model, state.now()));
    }

    /// Returns what would be done without the nodes that the wait for a model has given up.
    private Decision planElsewhere(ModelState model, Wait wait) {
        ModelProfile profile = Objects.requireNonNull(model.profile());
        return planner.plan(
                profile, view.all(), view.circumstances(model, wait::gaveUp, state.now()));
    }

    /// Returns what would be done for a request of a conversation now, and why.
    Plan explain(ModelState model, long conversation, long now) {
        RoutePreference preference = new RoutePreference(conversation, 0);
        Replica to = model.queue().isEmpty() ? model.route(preference, 1, now) : null;
        Map<Replica, Route> routes = model.routes(conversation, now);
        ModelProfile profile = Objects.requireNonNull(model.profile());
        Circumstances circumstances = view.circumstances(model, now);
        Decision load = planner.explain(profile, view.all(), circumstances);
        return new Plan(
                model.id(),
                to == null ? null : routes.get(to),
                List.copyOf(routes.values()),
                model.served() || model.expectsReplica(now),
                model.queue().size(),
                Explanation.of(load, circumstances),
                failedLoads(model, now));
    }

    private List<FailedLoad> failedLoads(ModelState model, long now) {
        List<FailedLoad> failed = new ArrayList<>();
        for (NodeState node : state.nodes()) {
            Backoff last = model.failures().on(node.name());
            if (last != null && last.concerns(now) && node.healthy()) {
                failed.add(FailedLoad.of(model.id(), node.name(), last, now));
            }
        }
        return failed;
    }

    private void carryOut(ModelState model, Decision decision, boolean forRequests) {
        Verdict chosen = decision.chosen();
        Set<Replica> leaving = Set.of();
        state.decided(model, decision);
        switch (decision.outcome()) {
            case LOAD -> load(model, decision);
            case MAKE_ROOM -> {
                claim(model, Objects.requireNonNull(chosen), decision.demand());
                chosen.victims().forEach(victim -> evict(model, victim.resident()));
            }
            case WAIT -> {
                switch (Objects.requireNonNull(chosen).standing()) {
                    case AFTER_DRAIN -> leaving = makeWay(model, chosen, decision.demand());
                    case AWAY -> waitForNode(model, decision, forRequests);
                    default -> claim(model, chosen, decision.demand());
                }
            }
            case NOT_NOW -> {
                if (forRequests) {
                    model.failures().everywhere(decision.hopeless());
                }
                giveUp(model, forRequests, Refusals.notNow(model.id(), decision));
            }
            case NEVER -> giveUp(model, forRequests, never(model, decision, forRequests));
        }
        model.drainingFor(leaving);
    }

    private static Failure never(ModelState model, Decision decision, boolean forRequests) {
        Wanted wish = model.wanted();
        NodeState node = forRequests || wish == null ? null : wish.node();
        return node == null
                ? Refusals.never(model.id(), decision)
                : Refusals.neverOn(node.name(), model.id(), decision);
    }

    /// Returns why a node can never hold a model; null when it can, or has not told what it has.
    @Nullable String neverHolds(ModelState model, NodeState node) {
        if (model.profile() == null) {
            return null;
        }
        Decision decision = plan(model, node);
        return decision.outcome() == Decision.Outcome.NEVER
                ? decision.verdicts().getFirst().reason().text()
                : null;
    }

    /// Lets requests wait for a node that is away for a moment; refuses an operator at once.
    private void waitForNode(ModelState model, Decision decision, boolean forRequests) {
        if (!forRequests) {
            giveUp(model, false, Refusals.notNow(model.id(), decision));
        }
    }

    /// Drains replicas so that the model gets its turn, and returns them; none before it has waited
    /// long enough. A replica that was loaded only just stays for a while.
    private Set<Replica> makeWay(ModelState model, Verdict verdict, Demand demand) {
        Duration extra = state.settings().policy().eviction().maxExtraWait();
        if (state.now() - model.waitedForSince() < extra.toNanos()) {
            return Set.of();
        }
        claim(model, verdict, demand);
        boolean alone = demand.sizeUnknown();
        Set<Replica> leaving = new HashSet<>();
        Predicate<Resident> spare = r -> view.worth(r.model(), state.now()).spare() > 0;
        for (Resident resident : MakingWay.who(verdict, model.priority(), alone, spare)) {
            Replica replica = Objects.requireNonNull(state.replica(resident.generation()));
            if (replica.leaving() == null && !young(replica)) {
                state.drain(replica, UnloadReason.roomFor(model.id()));
            }
            leaving.add(replica);
        }
        return leaving;
    }

    /// Returns whether a draining replica still has to go. One that drains to make room for a model
    /// that needs it gone no more goes on for another model that does, and says so from now on.
    private boolean isInTheWay(Replica replica) {
        UnloadReason why = replica.leaving();
        if (why == null || why.cause() != Cause.ROOM) {
            return true;
        }
        ModelState next = needsGone(replica, why);
        if (next != null && !why.isRoomFor(next.id())) {
            state.drain(replica, UnloadReason.roomFor(next.id()));
        }
        return next != null;
    }

    /// Returns the model that needs a replica gone: the one it drains for, or else the one that has
    /// waited for longest; null when none does.
    private @Nullable ModelState needsGone(Replica replica, UnloadReason why) {
        ModelState taker = state.find(Objects.requireNonNull(why.model()));
        if (taker != null && taker.drainingFor().contains(replica)) {
            return taker;
        }
        for (Wait other : state.waits()) {
            if (other.drainingFor().contains(replica)) {
                return other.model();
            }
        }
        return null;
    }

    private boolean young(Replica replica) {
        long least = state.settings().policy().eviction().minResidency().toNanos();
        return replica.state() instanceof Loaded loaded
                && state.now() - loaded.serving().readySince() < least;
    }

    /// Begins a load that was decided on.
    void load(ModelState model, Decision decision) {
        Verdict chosen = Objects.requireNonNull(decision.chosen());
        ModelProfile profile = Objects.requireNonNull(model.profile());
        NodeState node = Objects.requireNonNull(state.node(chosen.room().node()));
        var place = new Replica.Placement(model, node, chosen.devices());
        var expected =
                new Expected(
                        chosen.sharesMb(),
                        decision.demand().sizeUnknown(),
                        decision.parts(profile.engine().options()));
        List<Long> free = node.measuredMb(place.memoryDevices());
        Replica replica = state.addLoading(place, new ReplicaMemory(expected, free));
        int devices = chosen.devices().size();
        var request =
                new LoadRequest(
                        model.id(),
                        profile.engine().harness(),
                        profile.engine().quant(),
                        devices > 1 ? devices : null,
                        chosen.devices(),
                        profile.needs().vramMb(),
                        decision.options(profile.engine().options()));
        state.effect(new StartLoad(node.name(), replica.generation(), request));
    }

    private void evict(ModelState model, Resident resident) {
        Replica replica = Objects.requireNonNull(state.replica(resident.generation()));
        if (replica.state() instanceof Loaded && !(replica.state() instanceof Draining)) {
            state.unload(replica, UnloadReason.roomFor(model.id()));
        }
    }

    private void claim(ModelState model, Verdict chosen, Demand demand) {
        List<Long> shares = chosen.claimMb(demand);
        if (shares.stream().anyMatch(mb -> mb > 0)) {
            NodeState node = Objects.requireNonNull(state.node(chosen.room().node()));
            var place = new Replica.Placement(model, node, chosen.devices());
            model.claim(new Wait.Claim(node, place.memoryDevices(), shares));
        }
    }

    void grant(Waiter waiter, Replica replica) {
        Loaded loaded = (Loaded) replica.state();
        boolean cold = waiter.cold() && replica.readySince() - waiter.since() >= 0;
        state.lease(waiter, replica);
        var target =
                new Effect.Target(
                        replica.model(),
                        replica.node(),
                        loaded.serving().endpoint(),
                        loaded.serving().engineModel(),
                        replica.generation());
        Integer slots = replica.knownSlotsFor(waiter.weight());
        state.effect(new Grant(waiter.request(), target, slots, cold));
    }

    /// Notes a failed load, and gives those who wait the reasons when no other node is left to try.
    /// What became of one that was lost its node is asked at once.
    void loadFailed(ModelState model, NodeState node, LoadFailed failed) {
        Backoff before = model.failures().on(node.name());
        String reason = failed.reason();
        if (!failed.certain()) {
            node.doubt(state.now());
            state.effect(new PollNow(node.name()));
        }
        model.failures()
                .failed(
                        node.name(),
                        failed.certain()
                                ? Backoff.failed(before, reason, failed.cause(), state.now())
                                : Backoff.lost(before, reason, state.now()));
        if (model.profile() != null) {
            Wait wait = model.waiting();
            if (wait != null) {
                wait.loadFailed(node, failed.certain());
                giveUpUnlessPossible(model, planElsewhere(model, wait));
            }
            model.failures().everywhere(plan(model).hopeless());
        }
    }

    /// Takes note of what a node has told of models' files: a load that failed for want of them may
    /// be tried again once they are there, nobody leaves where they are not, and a load is hopeless
    /// while no node has them.
    void filesChanged(String name) {
        NodeState node = Objects.requireNonNull(state.node(name));
        for (String id : node.takeFilesChanged()) {
            ModelProfile profile = state.settings().catalogue().find(id);
            if (profile == null) {
                continue;
            }
            ModelState known = state.find(id);
            ModelFiles files = node.files(id);
            if (known != null && (files == null || !files.lacks())) {
                known.failures().forgetFiles(name);
            } else if (known != null) {
                Set<Replica> leaving = new HashSet<>(known.drainingFor());
                leaving.removeIf(replica -> replica.home() == node);
                known.drainingFor(leaving);
            }
            boolean hopeless = plan(state.peek(profile)).hopeless();
            if (known != null || hopeless) {
                state.model(profile).failures().everywhere(hopeless);
            }
        }
    }

    private void giveUpUnlessPossible(ModelState model, Decision elsewhere) {
        boolean impossible =
                elsewhere.outcome() == Decision.Outcome.NOT_NOW
                        || elsewhere.outcome() == Decision.Outcome.NEVER;
        if (impossible && !model.comesBack()) {
            Failure failure = Refusals.notNow(model.id(), elsewhere);
            state.want(model, null);
            refuseAll(model, failure);
        }
    }

    private void giveUp(ModelState model, boolean forRequests, Failure failure) {
        Wanted wish = model.wanted();
        if (wish != null && (!forRequests || wish.node() == null)) {
            state.want(model, null);
            model.givenUp(failure);
        }
        if (forRequests) {
            refuseAll(model, failure);
        } else if (!model.waits()) {
            state.endWait(model);
        }
    }

    void refuseAll(ModelState model, Failure failure) {
        model.queue().drain().forEach(r -> state.effect(new Refuse(r, failure)));
        if (!model.waits()) {
            state.endWait(model);
        }
    }
}
