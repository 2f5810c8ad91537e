package cortex.gateway.fleet.machine;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.log.Quantity;
import cortex.gateway.config.EvictionConfig;
import cortex.gateway.config.EvictionConfig.Strategy;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.config.PlacementConfig;
import cortex.gateway.config.PollingConfig;
import cortex.gateway.config.RoutingConfig;
import cortex.gateway.fleet.machine.Effect.PollNow;
import cortex.gateway.fleet.machine.Effect.Refuse;
import cortex.gateway.fleet.machine.FleetEvent.Kept;
import cortex.gateway.fleet.machine.FleetEvent.LoadDone;
import cortex.gateway.fleet.machine.FleetEvent.LoadFailed;
import cortex.gateway.fleet.machine.FleetEvent.Requested;
import cortex.gateway.fleet.machine.FleetEvent.UnloadFailed;
import cortex.gateway.fleet.queue.FairQueue.RoutePreference;
import cortex.gateway.fleet.queue.FairQueue.Waiter;
import cortex.gateway.fleet.rules.Believed;
import cortex.gateway.fleet.rules.Notices;
import cortex.gateway.fleet.rules.ReplicaState.Loaded;
import cortex.gateway.fleet.rules.ReplicaState.Loading;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.rules.ReplicaState.Serving;
import cortex.gateway.fleet.rules.ReplicaState.Suspect;
import cortex.gateway.fleet.rules.ReplicaState.Unloading;
import cortex.gateway.fleet.rules.Rest;
import cortex.gateway.fleet.rules.UnloadReason;
import cortex.gateway.fleet.rules.UnloadReason.Cause;
import cortex.gateway.fleet.view.FleetView;
import cortex.gateway.fleet.view.Plan;
import cortex.gateway.fleet.view.Progress;
import cortex.gateway.fleet.view.Refusals;
import cortex.gateway.placement.Decision;
import cortex.gateway.placement.Planner;
import cortex.gateway.placement.Verdict;
import cortex.gateway.placement.eviction.EvictionPolicy;
import java.time.Duration;
import java.util.List;

/// Is the fleet's brain: `on(event, now)` changes what is known and answers what is to be done. The
/// same events at the same times always have the same effects. Readers get `view()`; the other
/// questions (`plan`, `progress`, `kept`) are computed when asked, and change nothing.
public final class FleetMachine {
    /// Says what a fleet is made of: a node is unhealthy after `misses` in a row, waited for until
    /// `nodeGrace` after it was last heard of, or, when it says that it restarts, for as long as it
    /// says, but not longer than `maxRestart`; `maxWaiters` for each model.
    public record Settings(
            List<NodeAddress> neurons,
            Catalogue catalogue,
            int misses,
            Duration nodeGrace,
            Duration maxRestart,
            int maxWaiters,
            Policy policy) {
        public Settings {
            neurons = List.copyOf(neurons);
        }

        /// Makes a fleet whose nodes may take as long as is usual to restart.
        public Settings(
                List<NodeAddress> neurons,
                Catalogue catalogue,
                int misses,
                Duration nodeGrace,
                int maxWaiters,
                Policy policy) {
            this(
                    neurons,
                    catalogue,
                    misses,
                    nodeGrace,
                    PollingConfig.MAX_RESTART,
                    maxWaiters,
                    policy);
        }
    }

    /// Says by what rules it chooses. While another client did something not longer than `keepSlot`
    /// ago none gets the last free slot of a model, unless it has none; zero: each may have all.
    public record Policy(
            PlacementConfig placement,
            EvictionConfig eviction,
            RoutingConfig routing,
            Duration keepSlot) {
        /// Makes one by which each client may have all slots.
        public Policy(PlacementConfig placement, EvictionConfig eviction, RoutingConfig routing) {
            this(placement, eviction, routing, Duration.ZERO);
        }

        /// Fills devices to the brim, evicts the least recently used at once, never makes a model
        /// in use drain for another, and routes as is usual.
        public static final Policy PLAIN =
                new Policy(
                        new PlacementConfig(0),
                        new EvictionConfig(Strategy.LRU, 0, Duration.ZERO, Duration.ofDays(1)),
                        RoutingConfig.USUAL);
    }

    /// Is what an event brings about.
    ///
    /// @param effects what is to be done
    /// @param decisions the decisions about loads that differ from the one made before for their
    ///   model
    /// @param notices what those who wait for a model are to know, other than decisions
    /// @param changed whether readers see another fleet than in the view that was last made
    public record Reaction(
            List<Effect> effects,
            List<Decision> decisions,
            List<Notices.Note> notices,
            boolean changed) {}

    private static final Duration SOON = Duration.ofSeconds(1);

    final FleetState state;
    private final Scheduler scheduler;
    private final NodeReports reports;
    private final OperatorWishes wishes;
    private final NodeDrain drain;
    private final Housekeeping housekeeping;
    private final HarnessRestart harnesses;

    /// Makes a fleet that has heard of nobody yet.
    public FleetMachine(Settings settings) {
        this(settings, EvictionPolicy.of(settings.policy().eviction().strategy()));
    }

    /// Makes a fleet in which another policy than the configured one decides who leaves.
    public FleetMachine(Settings settings, EvictionPolicy policy) {
        state = new FleetState(settings);
        scheduler = new Scheduler(state, new Planner(policy));
        reports = new NodeReports(state);
        drain = new NodeDrain(state, scheduler);
        wishes = new OperatorWishes(state, drain);
        housekeeping = new Housekeeping(state, scheduler, wishes);
        harnesses = new HarnessRestart(state);
    }

    /// Handles an event at `now` (monotonic nanoseconds) and returns what is to be done. The event
    /// changes what is known and marks what is worth scheduling again; then the scheduler runs.
    public Reaction on(FleetEvent event, long now) {
        state.begin(now);
        apply(event);
        schedule();
        wishes.keep();
        return state.reaction();
    }

    private void apply(FleetEvent event) {
        switch (event) {
            case Requested requested -> onRequested(requested);
            case FleetEvent.Left left -> onLeft(left.request());
            case FleetEvent.Released released -> onReleased(released);
            case FleetEvent.NodeReported reported -> {
                if (reports.onReported(reported)) {
                    scheduler.filesChanged(reported.node());
                    state.dirty().all();
                }
            }
            case FleetEvent.NodeMissed missed -> {
                if (reports.onMissed(missed)) {
                    state.dirty().all();
                }
            }
            case FleetEvent.Wanted wanted -> wishes.onWanted(wanted);
            case FleetEvent.HarnessRestarted done -> harnesses.onRestarted(done);
            case FleetEvent.HarnessNotRestarted failed -> harnesses.onNotRestarted(failed);
            case FleetEvent.Tick _ -> onTick();
            case FleetEvent.Closing _ -> onClosing();
            case FleetEvent.OfLoad answer -> {
                Replica replica = state.replica(answer.generation());
                if (replica != null) {
                    onAnswer(answer, replica);
                }
            }
        }
    }

    /// Runs the scheduler, then what the event left to do after it, then the scheduler again when
    /// that has changed something.
    private void schedule() {
        scheduler.run(state.dirty());
        Runnable followUp = state.takeFollowUp();
        while (followUp != null) {
            followUp.run();
            scheduler.run(state.dirty());
            followUp = state.takeFollowUp();
        }
    }

    private void onRequested(Requested requested) {
        long request = requested.request();
        if (state.closing()) {
            refuse(request, new Failure.ShuttingDown());
            return;
        }
        state.numbered(request);
        ModelState model = state.model(requested.model());
        model.askedFor(state.now());
        FleetEvent.Caller caller = requested.caller();
        state.active(caller.client());
        var preference = new RoutePreference(caller.affinity(), caller.avoid());
        boolean cold = !model.served();
        var waiter =
                new Waiter(
                        request, caller.client(), caller.weight(), preference, state.now(), cold);
        if (model.queue().isEmpty()
                && ServingOrder.mayHold(state, model, caller.client(), caller.weight())) {
            Replica replica = model.route(preference, caller.weight(), state.now());
            if (replica != null) {
                // Nobody waits, so that the scheduler would do the same, with a queue in between.
                scheduler.grant(waiter, replica);
                return;
            }
        }
        if (!model.queue().offer(waiter)) {
            refuse(request, Refusals.full(model.id(), model.queue().size(), model.loadSecs()));
        } else if (state.beginWait(model)) {
            state.dirty().model(model);
        } else if (!cold) {
            // Those who wait may be those for whom no slot is left, and this is another.
            state.dirty().queue(model);
        }
    }

    private void onLeft(long request) {
        for (Wait wait : state.waits()) {
            ModelState model = wait.model();
            if (model.queue().leave(request)) {
                if (!model.waits()) {
                    state.endWait(model);
                    state.dirty().all();
                }
                return;
            }
        }
    }

    private void onReleased(FleetEvent.Released released) {
        Replica replica = state.release(released.request());
        if (replica == null) {
            return;
        }
        if (released.answered() && replica.state() instanceof Ready) {
            replica.endedWell(released.request());
        }
        if (replica.state() instanceof Loaded loaded) {
            if (loaded.inFlight() == 0) {
                state.dirty().all();
            } else if (!state.waits().isEmpty()) {
                state.dirty().model(replica.of());
            }
        }
    }

    /// Applies answers about a generation that is still known; all others were dropped before.
    private void onAnswer(FleetEvent.OfLoad answer, Replica replica) {
        switch (answer) {
            case FleetEvent.EngineGone gone -> onEngineGone(replica, gone.reason());
            case FleetEvent.EngineFailed failed -> onEngineFailed(replica, failed.reason());
            case LoadDone done -> onLoadDone(replica, done);
            case LoadFailed failed -> onLoadFailed(replica, failed);
            case FleetEvent.LoadRefused refused -> onLoadRefused(replica, refused.rest());
            case FleetEvent.UnloadDone _ -> onUnloadDone(replica);
            case UnloadFailed failed -> onUnloadFailed(replica, failed);
        }
    }

    private void onEngineFailed(Replica replica, String reason) {
        replica.failed(state.routing(), state.now());
        if (replica.isBarred(state.now()) && replica.state() instanceof Ready ready) {
            state.move(
                    replica, new Suspect(ready.serving(), ready.inFlight(), state.now(), reason));
        }
    }

    private void onEngineGone(Replica replica, String reason) {
        if (replica.state() instanceof Ready ready) {
            replica.failed(state.routing(), state.now());
            state.move(
                    replica, new Suspect(ready.serving(), ready.inFlight(), state.now(), reason));
            state.effect(new PollNow(replica.node()));
        }
    }

    private void onLoadDone(Replica replica, LoadDone done) {
        if (!(replica.state() instanceof Loading loading)) {
            return;
        }
        replica.named(done.info().replica());
        replica.limitTo(done.info(), state.settings().policy());
        var believed = Believed.of(replica.home().discovery(), done.info());
        replica.uses(believed, state.now());
        ModelState model = replica.of();
        model.loaded(replica.node(), done.info().load().loadSecs());
        String home = replica.node();
        state.notices().add(model.id(), "is ready on %s after %s", home, since(loading));
        var serving = new Serving(done.endpoint(), done.engineModel(), believed, state.now());
        state.move(replica, new Ready(serving, 0, state.now()));
        state.dirty().all();
        UnloadReason then = loading.then();
        if (then != null) {
            // Whoever has waited for the load is served before it goes.
            state.afterwards(() -> goesAtOnce(replica, then));
        }
    }

    private void goesAtOnce(Replica replica, UnloadReason why) {
        if (replica.leaving() == null) {
            state.drain(replica, why);
            state.dirty().all();
        }
    }

    private void onLoadFailed(Replica replica, LoadFailed failed) {
        if (!(replica.state() instanceof Loading loading)) {
            return;
        }
        ModelState model = replica.of();
        String why = failed.cause().lineOr(failed.reason());
        String home = replica.node();
        state.notices()
                .add(model.id(), "loading failed on %s after %s: %s", home, since(loading), why);
        state.remove(replica);
        scheduler.loadFailed(model, replica.home(), failed);
        state.dirty().all();
    }

    private void onLoadRefused(Replica replica, Rest rest) {
        if (replica.state() instanceof Loading) {
            String why = rest.cause().lineOr(rest.reason());
            String left = Quantity.of(rest.left());
            state.notices()
                    .add(
                            replica.model(),
                            "%s does not load it before %s are over: %s",
                            replica.node(),
                            left,
                            why);
            state.remove(replica);
            replica.of().failures().rests(replica.node(), rest, state.now());
            state.dirty().all();
        }
    }

    private String since(Loading loading) {
        long millis = Duration.ofNanos(state.now() - loading.since()).toMillis();
        return millis / 1000 + "." + millis % 1000 / 100 + " s";
    }

    private void onUnloadDone(Replica replica) {
        if (!(replica.state() instanceof Unloading unloading)) {
            return;
        }
        String home = replica.node();
        state.notices().ofRoom(unloading.why(), replica.model(), "has left %s", home);
        state.remove(replica);
        state.dirty().all();
    }

    /// Applies a failed unload. A replica that is busy at its node goes on serving, or waits for
    /// that to end when it is not to serve any more. After any other failure only the node's next
    /// report tells whether it is still there; then it is found again.
    private void onUnloadFailed(Replica replica, UnloadFailed failed) {
        if (!(replica.state() instanceof Unloading unloading)) {
            return;
        }
        UnloadReason why = unloading.why();
        String home = replica.node();
        state.notices()
                .ofRoom(
                        why,
                        replica.model(),
                        "was not unloaded from %s: %s",
                        home,
                        failed.reason());
        if (!failed.busy()) {
            state.remove(replica);
            replica.home().doubt(state.now());
        } else {
            replica.foreign(Math.max(1, replica.foreignInFlight()));
            state.move(replica, new Ready(unloading.serving(), 0, state.now()));
            if (why.cause() == Cause.OPERATOR || why.cause() == Cause.NODE) {
                state.drain(replica, why);
            }
        }
        state.dirty().all();
    }

    private void onTick() {
        reports.onTick();
        housekeeping.onTick();
        harnesses.onTick();
        drain.onTick();
        state.dirty().all();
    }

    private void onClosing() {
        state.close();
        for (Wait wait : List.copyOf(state.waits())) {
            ModelState model = wait.model();
            state.want(model, null);
            scheduler.refuseAll(model, new Failure.ShuttingDown());
        }
    }

    private void refuse(long request, Failure failure) {
        state.effect(new Refuse(request, failure));
    }

    /// Returns the fleet as readers see it: the same object until something of it changes, but for
    /// requests in flight and the lengths of queues.
    public FleetView view() {
        return state.view();
    }

    /// Takes up what an earlier run left.
    public void recall(Kept kept) {
        state.recall(kept.footprints());
        housekeeping.recall(kept.wishes());
    }

    /// Returns what the next run is to know.
    public Kept kept() {
        return new Kept(state.footprints().all(), wishes.kept());
    }

    /// Returns how far a model is that is waited for, at `now`.
    public Progress progress(String id, long now) {
        ModelState model = state.find(id);
        return model == null
                ? new Progress(Progress.Stage.MAKING_ROOM, null, null)
                : progress(model, now);
    }

    private static Progress progress(ModelState model, long now) {
        Double seconds = model.loadSecs();
        Duration load = seconds == null ? null : Duration.ofMillis((long) (seconds * 1000));
        for (Replica replica : model.replicas()) {
            if (replica.state() instanceof Loading loading && replica.reachable()) {
                Duration left = load == null ? null : load.minusNanos(now - loading.since());
                boolean late = left != null && left.compareTo(SOON) < 0;
                return new Progress(Progress.Stage.LOADING, replica.node(), late ? SOON : left);
            }
            if (replica.kept() && !replica.reachable()) {
                return new Progress(Progress.Stage.AWAY, replica.node(), null);
            }
        }
        if (model.served()) {
            return new Progress(Progress.Stage.QUEUED, null, null);
        }
        Wait wait = model.waiting();
        Decision decision = wait == null ? null : wait.decision();
        Verdict chosen = decision == null ? null : decision.chosen();
        if (chosen != null && chosen.standing() == Verdict.Standing.AWAY) {
            return new Progress(Progress.Stage.AWAY, chosen.room().node(), null);
        }
        Wait.Claim room = model.claim();
        return new Progress(
                Progress.Stage.MAKING_ROOM, room == null ? null : room.node().name(), load);
    }

    /// Returns what would be done for a request of a conversation at `now`, and why; changes
    /// nothing.
    public Plan plan(ModelProfile model, long conversation, long now) {
        return scheduler.explain(state.peek(model), conversation, now);
    }
}
