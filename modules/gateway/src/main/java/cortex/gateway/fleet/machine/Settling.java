package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.node.LoadRequest;
import cortex.gateway.fleet.machine.Effect.Grant;
import cortex.gateway.fleet.machine.Effect.Refuse;
import cortex.gateway.fleet.machine.Effect.StartLoad;
import cortex.gateway.fleet.machine.Effect.StartUnload;
import cortex.gateway.fleet.machine.ReplicaState.Loaded;
import cortex.gateway.fleet.machine.ReplicaState.Unloading;
import cortex.gateway.placement.Decision;
import cortex.gateway.placement.NodeRoom;
import cortex.gateway.placement.NodeRoom.Resident;
import cortex.gateway.placement.Planner;
import cortex.gateway.placement.Reason;
import cortex.gateway.placement.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Gives those who wait what they wait for, or starts what has to happen first. Models are settled
/// in the order of their oldest request, and each claims the room it waits for, so that a later one
/// does not take it.
final class Settling {
    /// A request sees at most so many failed loads before it is told.
    private static final int ATTEMPTS = 3;

    private static final Duration RETRY = Duration.ofSeconds(5);
    private static final Duration LONGEST_RETRY = Duration.ofMinutes(2);

    private final FleetState state;
    private final Planner planner;
    private final Rooms rooms;

    Settling(FleetState state, Planner planner) {
        this.state = state;
        this.planner = planner;
        this.rooms = new Rooms(state);
    }

    /// Settles every model somebody waits for.
    void all() {
        if (state.waiting.isEmpty()) {
            return;
        }
        List<ModelState> models = state.waitingOldestFirst();
        models.forEach(model -> state.claim(model, null));
        models.forEach(this::one);
    }

    /// Settles one model.
    void one(ModelState model) {
        if (model.queue.isEmpty()) {
            return;
        }
        state.claim(model, null);
        if (model.leastBusy() != null) {
            for (long request : model.queue.drain()) {
                grant(request, Objects.requireNonNull(model.leastBusy()), true);
            }
            stopWaiting(model);
        } else if (!model.expectsReplica()) {
            carryOut(model, plan(model));
        }
    }

    /// What would be done for a model now.
    Decision plan(ModelState model) {
        ModelProfile profile = Objects.requireNonNull(model.profile);
        return planner.plan(profile, rooms.all(), node -> hold(model, node));
    }

    private @Nullable Reason hold(ModelState model, String name) {
        NodeState node = Objects.requireNonNull(state.nodes.get(name));
        ModelState.Backoff backoff = model.failures.get(name);
        if (backoff != null && backoff.retryAt() - state.now > 0) {
            return new Reason.BackOff(backoff.reason(), backoff.retryAt());
        }
        if (model.replicas.stream().anyMatch(r -> r.home == node)) {
            return new Reason.Said("is unloading it");
        }
        return node.settled() ? null : new Reason.Said("has not reported since a command failed");
    }

    private void carryOut(ModelState model, Decision decision) {
        Verdict chosen = decision.chosen();
        switch (decision.outcome()) {
            case LOAD -> load(model, Objects.requireNonNull(chosen));
            case MAKE_ROOM -> {
                claim(model, Objects.requireNonNull(chosen));
                chosen.victims().forEach(this::evict);
            }
            case WAIT -> claim(model, Objects.requireNonNull(chosen));
            case NOT_NOW -> refuseAll(model, notNow(model, decision));
            case NEVER ->
                    refuseAll(
                            model,
                            new Failure.Unservable(
                                    model.id,
                                    "No node can ever serve '"
                                            + model.id
                                            + "': "
                                            + decision.text()
                                            + "."));
        }
    }

    private void load(ModelState model, Verdict chosen) {
        ModelProfile profile = Objects.requireNonNull(model.profile);
        NodeState node = Objects.requireNonNull(state.nodes.get(chosen.room().node()));
        Replica replica =
                state.addLoading(
                        new Replica.Place(model.id, node, chosen.devices(), chosen.perDeviceMb()));
        int devices = chosen.devices().size();
        var request =
                new LoadRequest(
                        model.id,
                        profile.harness(),
                        profile.quant(),
                        devices > 1 ? devices : null,
                        chosen.devices(),
                        profile.needs().vramMb(),
                        profile.options());
        state.effects.add(new StartLoad(node.name, replica.generation(), request));
    }

    private void evict(Resident resident) {
        Replica replica = Objects.requireNonNull(state.replicas.get(resident.generation()));
        if (replica.state() instanceof Loaded loaded) {
            state.move(replica, new Unloading(loaded.serving(), state.now));
            String neuronId = loaded.serving().info().replica();
            state.effects.add(
                    new StartUnload(
                            replica.node(), replica.generation(), replica.model(), neuronId, true));
        }
    }

    private void claim(ModelState model, Verdict chosen) {
        boolean drains = chosen.standing() == Verdict.Standing.AFTER_DRAIN;
        if (!drains && chosen.perDeviceMb() > 0) {
            NodeState node = Objects.requireNonNull(state.nodes.get(chosen.room().node()));
            List<Integer> slots =
                    chosen.devices().isEmpty() ? List.of(NodeRoom.RAM) : chosen.devices();
            state.claim(model, new ModelState.Claim(node, slots, chosen.perDeviceMb()));
        }
    }

    void grant(long request, Replica replica, boolean cold) {
        Loaded loaded = (Loaded) replica.state();
        state.count(replica, 1);
        state.open.put(request, replica);
        var target =
                new Effect.Target(
                        replica.model(),
                        replica.node(),
                        loaded.serving().endpoint(),
                        loaded.serving().engineModel(),
                        replica.generation());
        state.effects.add(new Grant(request, target, cold));
    }

    /// Notes a failed load, and gives those who wait the reason when they have seen enough.
    void loadFailed(ModelState model, String node, String reason) {
        ModelState.Backoff before = model.failures.get(node);
        model.failures.put(
                node,
                before == null
                        ? ModelState.Backoff.first(reason, state.now)
                        : before.again(reason, state.now));
        model.attempts++;
        state.changed = true;
        if (model.attempts >= ATTEMPTS) {
            refuseAll(model, new Failure.LoadFailed(model.id, node, reason, RETRY));
        }
    }

    void refuseAll(ModelState model, Failure failure) {
        model.queue.drain().forEach(r -> state.effects.add(new Refuse(r, failure)));
        stopWaiting(model);
    }

    /// Takes a model whose queue is empty off the list of those to be settled.
    void stopWaiting(ModelState model) {
        state.claim(model, null);
        state.waiting.remove(model.id);
        model.attempts = 0;
    }

    private Failure notNow(ModelState model, Decision decision) {
        for (Verdict verdict : decision.verdicts()) {
            if (verdict.reason() instanceof Reason.BackOff backOff) {
                Duration wait = Duration.ofNanos(Math.max(0, backOff.retryAt() - state.now));
                return new Failure.LoadFailed(
                        model.id, verdict.room().node(), backOff.cause(), wait.plusSeconds(1));
            }
        }
        String text =
                decision.verdicts().isEmpty()
                        ? "No node is configured"
                        : "No node can serve '" + model.id + "' now: " + decision.text();
        return new Failure.NoCapacity(model.id, text + ".", RETRY);
    }

    /// How long a caller should wait before another try: about what a load takes.
    Duration patience(ModelState model) {
        Double seconds = model.loadSecs;
        if (seconds == null) {
            return FleetMachine.whenFull();
        }
        Duration load = Duration.ofSeconds((long) Math.ceil(seconds));
        return load.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : load.plusSeconds(1);
    }
}
