package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Residency;
import cortex.core.failure.Failure;
import cortex.gateway.fleet.machine.FleetEvent.WantedLoad;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.fleet.machine.FleetEvent.Wishes;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
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
/// run, unloads replicas that outlived their ttl, and keeps as many replicas as the catalogue wants
/// where memory is free.
final class Housekeeping {
    /// How often room for another replica is looked for.
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

    /// How long an earlier run's load is wanted though there is no room.
    private static final Duration RESUME_FOR = Duration.ofMinutes(1);

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
        for (ModelProfile profile : state.settings().catalogue().profiles()) {
            Residency residency = profile.residency();
            if (residency.minReplicas() > 0 || residency.maxReplicas() > 1) {
                replicated.add(state.model(profile.id()));
            }
        }
    }

    void onTick() {
        for (Replica replica : List.copyOf(state.replicas())) {
            if (outlived(replica)) {
                state.unload(replica, UnloadReason.of(Cause.TTL));
            }
        }
        if (!state.closing()) {
            resume();
            if (!state.unheard()) {
                replicated.forEach(this::replicate);
            }
        }
    }

    /// Takes up what operators wanted in an earlier run: pins and drains at once, loads later. What
    /// is about a node or a model that is not configured any more is forgotten.
    void recall(Wishes kept) {
        for (NodeState node : state.nodes()) {
            Set<String> pins = new HashSet<>(kept.pins().getOrDefault(node.name(), Set.of()));
            pins.removeIf(model -> state.settings().catalogue().find(model) == null);
            node.pin(pins);
            node.drain(kept.drained().contains(node.name()));
        }
        wishes.recall(
                kept,
                kept.loads().stream()
                        .filter(load -> state.settings().catalogue().find(load.model()) != null)
                        .filter(load -> load.node() == null || state.node(load.node()) != null)
                        .toList());
    }

    /// Wants the loads of an earlier run again once every node has answered or was found not to:
    /// before that nobody knows what is loaded. What there is room for is known only when the
    /// replicas that were found have been measured, so that a load without room is wanted for a
    /// while.
    private void resume() {
        if (wishes.recalled().isEmpty()) {
            return;
        }
        for (NodeState node : state.nodes()) {
            if (!node.answered() && node.misses() < state.settings().misses()) {
                return;
            }
        }
        Long since = heardOfAll;
        if (since == null) {
            since = state.now();
            heardOfAll = since;
        }
        boolean patient = state.now() - since < RESUME_FOR.toNanos();
        List<WantedLoad> left = new ArrayList<>();
        List<WantedLoad> loads = wishes.recalled();
        wishes.recalled(List.of());
        for (WantedLoad load : loads) {
            ModelState model = state.model(load.model());
            ModelProfile profile = Objects.requireNonNull(model.profile());
            Failure refused = wishes.again(new Wish.Load(profile, load.node()));
            // Whether there is room is known when the scheduler has looked for it.
            state.afterwards(() -> {
                Failure why = refused == null ? model.refusal() : refused;
                if (patient && why instanceof Failure.NoCapacity) {
                    left.add(load);
                    wishes.recalled(left);
                }
            });
        }
    }

    private boolean outlived(Replica replica) {
        ModelState model = replica.of();
        Duration ttl = model.residency().ttl();
        return ttl != null
                && replica.state() instanceof Ready ready
                && state.now() - ready.lastUsed() > ttl.toNanos()
                && replica.idle()
                && replica.reachable()
                && !replica.pinned()
                && model.queue().isEmpty()
                && (replica.home().draining() || model.staying() > model.residency().minReplicas());
    }

    private void replicate(ModelState model) {
        Residency residency = model.residency();
        int staying = model.staying();
        Duration growAfter = state.routing().growAfter();
        boolean wanted =
                staying < residency.minReplicas()
                        || model.growth().note(model.overflows(), growAfter, state.now());
        if (!wanted || staying >= residency.maxReplicas() || model.rests()) {
            return;
        }
        if (!model.growth().looks(state.now(), state.now() + LOOK_AGAIN.toNanos())) {
            return;
        }
        Decision decision = scheduler.plan(model);
        if (decision.outcome() == Decision.Outcome.LOAD) {
            scheduler.load(model, decision);
            model.growth().isEnough();
        }
    }
}
