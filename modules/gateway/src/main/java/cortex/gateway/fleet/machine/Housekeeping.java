package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Residency;
import cortex.core.failure.Failure;
import cortex.core.node.HarnessHealth;
import cortex.core.node.NodeHealth;
import cortex.gateway.fleet.machine.Effect.PollNow;
import cortex.gateway.fleet.machine.Effect.RestartHarness;
import cortex.gateway.fleet.machine.FleetEvent.HarnessNotRestarted;
import cortex.gateway.fleet.machine.FleetEvent.HarnessRestarted;
import cortex.gateway.fleet.machine.FleetEvent.WantedLoad;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.fleet.machine.FleetEvent.Wishes;
import cortex.gateway.fleet.machine.NodeState.Restart;
import cortex.gateway.fleet.machine.Wait.Wanted;
import cortex.gateway.fleet.rules.ReplicaState.Loaded;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.rules.ReplicaState.Unloading;
import cortex.gateway.fleet.rules.UnloadReason;
import cortex.gateway.fleet.rules.UnloadReason.Cause;
import cortex.gateway.placement.Decision;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Does what nobody asks for, at each tick: resumes the loads that operators wanted in an earlier
/// run, unloads replicas that outlived their ttl, keeps as many replicas as the catalogue wants
/// where memory is free, and restarts a harness after many loads while nothing is in flight.
final class Housekeeping {
    /// How often room for another replica is looked for.
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

    /// How long after a restart, or the try of one, the next may follow.
    private static final Duration RESTART_AGAIN = Duration.ofMinutes(1);

    /// How long an earlier run's load is wanted though there is no room.
    private static final Duration RESUME_FOR = Duration.ofMinutes(1);

    private static final UnloadReason HARNESS = UnloadReason.of(Cause.HARNESS);

    private final FleetState state;
    private final Scheduler scheduler;
    private final OperatorWishes wishes;
    private final List<ModelState> replicated = new ArrayList<>();

    /// Since when every node was heard of; null before, or when nothing was wanted since.
    private @Nullable Long heardOfAll;

    Housekeeping(FleetState state, Scheduler scheduler, OperatorWishes wishes) {
        this.state = state;
        this.scheduler = scheduler;
        this.wishes = wishes;
        for (ModelProfile profile : state.settings.catalogue().profiles()) {
            Residency residency = profile.residency();
            if (residency.minReplicas() > 0 || residency.maxReplicas() > 1) {
                replicated.add(state.model(profile.id()));
            }
        }
    }

    void onTick() {
        for (Replica replica : List.copyOf(state.replicas.values())) {
            if (outlived(replica)) {
                state.unload(replica, UnloadReason.of(Cause.TTL));
            }
        }
        if (!state.closing) {
            resume();
            if (!state.unheard()) {
                replicated.forEach(this::replicate);
            }
            state.nodes.values().forEach(this::restart);
        }
    }

    /// Takes up what operators wanted in an earlier run: pins and drains at once, loads later. What
    /// is about a node or a model that is not configured any more is forgotten.
    void recall(Wishes kept) {
        for (NodeState node : state.nodes.values()) {
            Set<String> pins = new HashSet<>(kept.pins().getOrDefault(node.name(), Set.of()));
            pins.removeIf(model -> state.settings.catalogue().find(model) == null);
            node.pin(pins);
            node.drain(kept.drained().contains(node.name()));
        }
        state.recalled =
                kept.loads().stream()
                        .filter(load -> state.settings.catalogue().find(load.model()) != null)
                        .filter(load -> load.node() == null || state.nodes.containsKey(load.node()))
                        .toList();
        state.kept = kept;
        state.wishesChanged = true;
    }

    /// Wants the loads of an earlier run again once every node has answered or was found not to:
    /// before that nobody knows what is loaded. What there is room for is known only when the
    /// replicas that were found have been measured, so that a load without room is wanted for a
    /// while.
    private void resume() {
        if (state.recalled.isEmpty()) {
            return;
        }
        for (NodeState node : state.nodes.values()) {
            if (!node.answered() && node.misses() < state.settings.misses()) {
                return;
            }
        }
        Long since = heardOfAll;
        if (since == null) {
            since = state.now;
            heardOfAll = since;
        }
        boolean patient = state.now - since < RESUME_FOR.toNanos();
        List<WantedLoad> left = new ArrayList<>();
        List<WantedLoad> loads = state.recalled;
        state.recalled = List.of();
        state.wishesChanged = true;
        for (WantedLoad load : loads) {
            ModelState model = state.model(load.model());
            ModelProfile profile = Objects.requireNonNull(model.profile);
            model.refusal = null;
            Failure refused = wishes.again(new Wish.Load(profile, load.node()));
            // Whether there is room is known when the scheduler has looked for it.
            state.followUps.add(() -> {
                Failure why = refused == null ? model.refusal : refused;
                if (patient && why instanceof Failure.NoCapacity) {
                    left.add(load);
                    state.recalled = List.copyOf(left);
                    state.wishesChanged = true;
                }
            });
        }
    }

    private boolean outlived(Replica replica) {
        ModelState model = state.modelOf(replica);
        Duration ttl = model.residency().ttl();
        return ttl != null
                && replica.state() instanceof Ready ready
                && state.now - ready.lastUsed() > ttl.toNanos()
                && replica.idle()
                && replica.reachable()
                && !replica.pinned()
                && model.queue.isEmpty()
                && (replica.home.draining() || model.staying() > model.residency().minReplicas());
    }

    private void replicate(ModelState model) {
        Residency residency = model.residency();
        int staying = model.staying();
        boolean wanted = staying < residency.minReplicas() || longFull(model);
        if (!wanted || staying >= residency.maxReplicas() || model.rests) {
            return;
        }
        if (state.now < model.growAt) {
            return;
        }
        model.growAt = state.now + LOOK_AGAIN.toNanos();
        Decision decision = scheduler.plan(model);
        if (decision.outcome() == Decision.Outcome.LOAD) {
            scheduler.load(model, decision);
            model.fullSince = null;
        }
    }

    /// Whether requests have been more than all replicas could take for a while.
    private boolean longFull(ModelState model) {
        if (!model.overflows()) {
            model.fullSince = null;
            return false;
        }
        Long since = model.fullSince;
        if (since == null) {
            model.fullSince = state.now;
            return false;
        }
        return state.now - since >= state.routing().growAfter().toNanos();
    }

    private void restart(NodeState node) {
        int cycles = state.settings.policy().eviction().defragAfterCycles();
        NodeHealth health = node.health();
        boolean possible = node.healthy() && node.isCertain() && node.restart() == null;
        if (cycles == 0 || health == null || !possible || state.now < node.restartAt()) {
            return;
        }
        for (HarnessHealth harness : health.harnesses()) {
            if (harness.restartable() && harness.cycles() >= cycles && harness.inFlight() == 0) {
                List<Replica> held = held(node, harness.name());
                if (held != null) {
                    begin(node, harness.name(), held);
                    return;
                }
            }
        }
    }

    /// The harness's replicas on the node, when all of them are at rest and nobody waits for a
    /// model of its kind; else null.
    private @Nullable List<Replica> held(NodeState node, String harness) {
        for (Wait wait : state.waits()) {
            ModelState model = wait.model();
            if (model.profile != null && model.profile.harness().equals(harness)) {
                return null;
            }
        }
        List<Replica> held = new ArrayList<>();
        for (Replica replica : node.replicas()) {
            ModelState model = state.modelOf(replica);
            if (replica.state() instanceof Loaded loaded) {
                if (loaded.serving().info().harness().equals(harness)) {
                    if (!replica.idle() || !rested(replica)) {
                        return null;
                    }
                    held.add(replica);
                }
            } else if (model.profile == null || model.profile.harness().equals(harness)) {
                return null;
            }
        }
        return held;
    }

    /// Whether it has been without a request for as long as a model stays at least: a pause between
    /// two requests of one conversation is not the moment.
    private boolean rested(Replica replica) {
        long pause = state.settings.policy().eviction().minResidency().toNanos();
        return replica.state() instanceof Ready ready && state.now - ready.lastUsed() >= pause;
    }

    private void begin(NodeState node, String harness, List<Replica> held) {
        for (Replica replica : held) {
            var loaded = (Loaded) replica.state();
            state.move(replica, new Unloading(loaded.serving(), state.now, HARNESS));
        }
        long generation = state.nextGeneration();
        node.restarts(new Restart(generation, harness, held));
        state.effect(new RestartHarness(node.name(), generation, harness));
    }

    /// The models are gone, or found again by the node's next report where each has a process of
    /// its own; those that are pinned are loaded again.
    void onRestarted(HarnessRestarted event) {
        Restart restart = end(event.node(), event.generation());
        if (restart == null) {
            return;
        }
        for (Replica replica : restart.replicas()) {
            if (gone(replica) && replica.pinned()) {
                ModelState model = state.modelOf(replica);
                if (model.profile != null && model.wanted() == null) {
                    state.want(model, new Wanted(state.newestRequest, replica.home, state.now));
                }
            }
        }
        state.dirty.all();
    }

    /// Nothing was done, and all serve on; or it is not known, and the node's next report tells.
    void onNotRestarted(HarnessNotRestarted event) {
        Restart restart = end(event.node(), event.generation());
        if (restart == null) {
            return;
        }
        for (Replica replica : restart.replicas()) {
            if (!event.certain()) {
                gone(replica);
            } else if (state.replicas.get(replica.generation()) == replica
                    && replica.state() instanceof Unloading unloading) {
                state.move(replica, new Ready(unloading.serving(), 0, state.now));
            }
        }
        state.dirty.all();
    }

    private @Nullable Restart end(String name, long generation) {
        NodeState node = state.nodes.get(name);
        Restart restart = node == null ? null : node.restart();
        if (node == null || restart == null || restart.generation() != generation) {
            return null;
        }
        node.restarted(state.now, state.now + RESTART_AGAIN.toNanos());
        state.effect(new PollNow(name));
        return restart;
    }

    private boolean gone(Replica replica) {
        if (state.replicas.get(replica.generation()) != replica) {
            return false;
        }
        state.remove(replica);
        return true;
    }
}
