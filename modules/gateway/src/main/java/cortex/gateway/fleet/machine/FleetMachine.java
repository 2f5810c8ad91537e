package cortex.gateway.fleet.machine;

import cortex.core.catalogue.Catalogue;
import cortex.core.failure.Failure;
import cortex.gateway.GatewayConfig.Eviction;
import cortex.gateway.GatewayConfig.NodeAddress;
import cortex.gateway.GatewayConfig.Placement;
import cortex.gateway.GatewayConfig.Strategy;
import cortex.gateway.fleet.machine.Effect.PollNow;
import cortex.gateway.fleet.machine.Effect.Refuse;
import cortex.gateway.fleet.machine.FleetEvent.Asked;
import cortex.gateway.fleet.machine.FleetEvent.LoadDone;
import cortex.gateway.fleet.machine.FleetEvent.LoadFailed;
import cortex.gateway.fleet.machine.FleetEvent.UnloadFailed;
import cortex.gateway.fleet.machine.ReplicaState.Loaded;
import cortex.gateway.fleet.machine.ReplicaState.Loading;
import cortex.gateway.fleet.machine.ReplicaState.Ready;
import cortex.gateway.fleet.machine.ReplicaState.Serving;
import cortex.gateway.fleet.machine.ReplicaState.Suspect;
import cortex.gateway.fleet.machine.ReplicaState.Unloading;
import cortex.gateway.placement.Planner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The fleet's brain: `on(event, now)` changes what is known and answers what is to be done. The
/// same events at the same times always have the same effects.
public final class FleetMachine {
    private static final Duration WHEN_FULL = Duration.ofSeconds(5);

    /// What a fleet is made of. `misses` in a row make a node unhealthy; `maxWaiters` may wait for
    /// one model.
    public record Settings(
            List<NodeAddress> neurons,
            Catalogue catalogue,
            int misses,
            int maxWaiters,
            Policy policy) {
        public Settings {
            neurons = List.copyOf(neurons);
        }
    }

    /// By what rules it chooses.
    public record Policy(Placement placement, Eviction eviction) {
        /// Fills devices to the brim, and evicts the least recently used at once.
        public static final Policy PLAIN =
                new Policy(
                        new Placement(0),
                        new Eviction(Strategy.LRU, 0, Duration.ZERO, Duration.ZERO));
    }

    /// A model that could not be loaded on a node, and why.
    public record LoadFailure(String model, String node, String reason) {}

    private final FleetState state;
    private final Settling settling;
    private final Reporting reporting;

    /// A fleet that has heard of nobody yet.
    public FleetMachine(Settings settings) {
        state = new FleetState(settings);
        settling = new Settling(state, new Planner(Planner.leastRecentlyUsed()));
        reporting = new Reporting(state);
    }

    /// Takes note of an event at `now` (monotonic nanoseconds) and answers what is to be done.
    public List<Effect> on(FleetEvent event, long now) {
        state.now = now;
        state.effects = new ArrayList<>(1);
        switch (event) {
            case Asked asked -> onAsked(asked);
            case FleetEvent.Left left -> onLeft(left.request());
            case FleetEvent.Released released -> onReleased(released.request());
            case FleetEvent.NodeReported reported -> {
                if (reporting.onReported(reported)) {
                    settling.all();
                }
            }
            case FleetEvent.NodeMissed missed -> {
                if (reporting.onMissed(missed)) {
                    settling.all();
                }
            }
            case FleetEvent.Tick _ -> onTick();
            case FleetEvent.Closing _ -> onClosing();
            case FleetEvent.About about -> {
                Replica replica = state.replicas.get(about.generation());
                if (replica != null) {
                    onAnswer(about, replica);
                }
            }
        }
        return state.effects;
    }

    private void onAsked(Asked asked) {
        if (state.closing) {
            refuse(asked.request(), new Failure.ShuttingDown());
            return;
        }
        ModelState model = state.model(asked.model());
        Replica ready = model.leastBusy();
        if (ready != null) {
            settling.grant(asked.request(), ready, false);
            return;
        }
        if (!model.queue.offer(asked.request())) {
            String text =
                    model.queue.size() + " requests are waiting for '" + model.id + "' already.";
            refuse(asked.request(), new Failure.Overloaded(text, settling.patience(model)));
            return;
        }
        if (state.waiting.putIfAbsent(model.id, model) == null) {
            settling.one(model);
        }
    }

    private void onLeft(long request) {
        for (ModelState model : state.waiting.values()) {
            if (model.queue.leave(request)) {
                if (model.queue.isEmpty()) {
                    settling.stopWaiting(model);
                    settling.all();
                }
                return;
            }
        }
    }

    private void onReleased(long request) {
        Replica replica = state.open.remove(request);
        if (replica == null) {
            return;
        }
        state.count(replica, -1);
        if (replica.state() instanceof Loaded loaded && loaded.inFlight() == 0) {
            settling.all();
        }
    }

    /// Answers about a generation that is still known; all others were dropped before.
    private void onAnswer(FleetEvent.About about, Replica replica) {
        switch (about) {
            case FleetEvent.EngineGone gone -> onEngineGone(replica, gone.reason());
            case LoadDone done -> onLoadDone(replica, done);
            case LoadFailed failed -> onLoadFailed(replica, failed);
            case FleetEvent.UnloadDone _ -> onUnloadDone(replica);
            case UnloadFailed failed -> onUnloadFailed(replica, failed);
        }
    }

    private void onEngineGone(Replica replica, String reason) {
        if (replica.state() instanceof Ready ready) {
            state.move(replica, new Suspect(ready.serving(), ready.inFlight(), state.now, reason));
            state.effects.add(new PollNow(replica.node()));
        }
    }

    private void onLoadDone(Replica replica, LoadDone done) {
        if (!(replica.state() instanceof Loading)) {
            return;
        }
        replica.neuronId = done.info().replica();
        replica.uses(done.info().vramUsedMb(), replica.home.readingAt, state.now);
        ModelState model = state.modelOf(replica);
        model.failures.remove(replica.node());
        model.attempts = 0;
        Double seconds = done.info().loadSecs();
        model.loadSecs = seconds == null ? model.loadSecs : seconds;
        var serving = new Serving(done.endpoint(), done.engineModel(), done.info(), state.now);
        state.move(replica, new Ready(serving, 0, state.now));
        settling.all();
    }

    private void onLoadFailed(Replica replica, LoadFailed failed) {
        if (!(replica.state() instanceof Loading)) {
            return;
        }
        ModelState model = state.modelOf(replica);
        state.remove(replica);
        if (!failed.certain()) {
            replica.home.unsettledSince = state.now;
        }
        settling.loadFailed(model, replica.node(), failed.reason());
        settling.all();
    }

    private void onUnloadDone(Replica replica) {
        if (!(replica.state() instanceof Unloading)) {
            return;
        }
        state.remove(replica);
        settling.all();
    }

    /// A busy replica goes on serving. After any other failure only the node's next report tells
    /// whether it is still there; then it is found again.
    private void onUnloadFailed(Replica replica, UnloadFailed failed) {
        if (!(replica.state() instanceof Unloading unloading)) {
            return;
        }
        if (failed.busy()) {
            replica.foreignInFlight = Math.max(1, replica.foreignInFlight);
            state.move(replica, new Ready(unloading.serving(), 0, state.now));
        } else {
            state.remove(replica);
            replica.home.unsettledSince = state.now;
        }
        settling.all();
    }

    private void onTick() {
        reporting.onTick();
        settling.all();
    }

    private void onClosing() {
        state.closing = true;
        for (ModelState model : List.copyOf(state.waiting.values())) {
            settling.refuseAll(model, new Failure.ShuttingDown());
        }
    }

    private void refuse(long request, Failure failure) {
        state.effects.add(new Refuse(request, failure));
    }

    /// The nodes in the order of the configuration.
    public List<NodeState> nodes() {
        return List.copyOf(state.nodes.values());
    }

    /// The replicas, oldest first.
    public List<Replica> replicas() {
        return List.copyOf(state.replicas.values());
    }

    /// Where loads failed and have not been successful since.
    public List<LoadFailure> loadFailures() {
        List<LoadFailure> all = new ArrayList<>();
        for (ModelState model : state.models.values()) {
            model.failures.forEach(
                    (node, back) -> all.add(new LoadFailure(model.id, node, back.reason())));
        }
        return all;
    }

    /// How long the model's last load took, or null when none was seen.
    public @Nullable Duration loadTime(String model) {
        ModelState known = state.models.get(model);
        Double seconds = known == null ? null : known.loadSecs;
        return seconds == null ? null : Duration.ofMillis((long) (seconds * 1000));
    }

    /// How many requests wait for a model.
    public int waiting(String model) {
        ModelState known = state.models.get(model);
        return known == null ? 0 : known.queue.size();
    }

    /// The suggested wait before another try at a full queue, when no load was ever seen.
    static Duration whenFull() {
        return WHEN_FULL;
    }

    /// Whether nodes or replicas (but for requests in flight) changed since this was last asked.
    public boolean takeChanged() {
        boolean was = state.changed;
        state.changed = false;
        return was;
    }
}
