package cortex.gateway.fleet.machine;

import cortex.core.failure.Failure;
import cortex.gateway.fleet.machine.Effect.Change;
import cortex.gateway.fleet.machine.Effect.Outcome;
import cortex.gateway.fleet.machine.Effect.Step;
import cortex.gateway.fleet.machine.FleetEvent.WantedLoad;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.fleet.machine.Wait.Wanted;
import cortex.gateway.fleet.rules.Backoff;
import cortex.gateway.fleet.view.Refusals;
import cortex.gateway.fleet.rules.ReplicaState.Draining;
import cortex.gateway.fleet.rules.ReplicaState.Loaded;
import cortex.gateway.fleet.rules.ReplicaState.Loading;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.rules.ReplicaState.Suspect;
import cortex.gateway.fleet.rules.ReplicaState.Unloading;
import cortex.gateway.fleet.rules.UnloadReason;
import cortex.gateway.fleet.rules.UnloadReason.Cause;
import cortex.gateway.placement.Decision;
import cortex.gateway.placement.Reason;
import cortex.gateway.placement.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Carries out operators' wishes: loads, unloads, pins, and drained nodes. A drained node serves a
/// model until another node has it. A model that fits on no other node leaves when its requests
/// have ended. A pin holds against operators too: one of them unpins or forces what another pinned.
final class OperatorWishes {
    private static final String NOWHERE =
            "It fits on no other node now, and requests for it are refused. ";

    private final FleetState state;
    private final Scheduler scheduler;

    OperatorWishes(FleetState state, Scheduler scheduler) {
        this.state = state;
        this.scheduler = scheduler;
    }

    /// Begins what is wanted and says what that changes.
    void onWanted(FleetEvent.Wanted wanted) {
        state.newestRequest = Math.max(state.newestRequest, wanted.id());
        List<Change> changes = new ArrayList<>();
        Failure refused =
                switch (wanted.wish()) {
                    case Wish.Load load -> load(wanted.id(), load, changes);
                    case Wish.Unload unload -> unload(unload, changes);
                    case Wish.Pin pin -> pin(pin.model(), pin.node(), changes);
                    case Wish.Unpin unpin -> unpin(unpin.model(), unpin.node(), changes);
                    case Wish.Drain drain -> drain(drain, changes);
                    case Wish.Undrain undrain -> undrain(undrain.node(), changes);
                };
        // What became of a load is known when the scheduler has looked for room.
        state.followUps.add(() -> {
            Failure why = refused;
            if (why == null && wanted.wish() instanceof Wish.Load load) {
                why = state.model(load.model()).refusal;
            }
            state.effect(new Outcome(wanted.id(), changes, why));
        });
    }

    /// Wants a load of an earlier run again; why that cannot be, or null.
    @Nullable Failure again(Wish.Load wish) {
        return load(0, wish, new ArrayList<>());
    }

    private Failure noNode(String node) {
        String known = String.join(", ", state.nodes.keySet());
        return new Failure.BadRequest(
                "There is no node '" + node + "'; there are: " + known + ".", "node");
    }

    private @Nullable Failure load(long id, Wish.Load wish, List<Change> changes) {
        if (state.closing) {
            return new Failure.ShuttingDown();
        }
        NodeState node = wish.node() == null ? null : state.nodes.get(wish.node());
        if (wish.node() != null && node == null) {
            return noNode(wish.node());
        }
        ModelState model = state.model(wish.model());
        forget(model, null);
        model.rests = false;
        model.refusal = null;
        for (Replica replica : model.replicas) {
            boolean here = node == null ? !replica.home.draining() : replica.home == node;
            if (here && replica.reachable() && !(replica.state() instanceof Unloading)) {
                if (replica.leaving() != null) {
                    state.stay(replica);
                    changes.add(change(replica, Step.RESTORED, "It stays loaded."));
                }
                return null;
            }
        }
        Wanted before = model.wanted();
        if (before != null && before.node() == node) {
            return null;
        }
        state.want(model, new Wanted(id, node, state.now));
        state.dirty.model(model);
        state.followUps.add(() -> begun(model, node, changes));
        return null;
    }

    private static void begun(ModelState model, @Nullable NodeState node, List<Change> changes) {
        for (Replica replica : model.replicas) {
            if (replica.state() instanceof Loading
                    && replica.reachable()
                    && (node == null || replica.home == node)) {
                changes.add(change(replica, Step.LOADING, "It is being loaded."));
                return;
            }
        }
        if (model.wanted() != null) {
            Wait.Claim claim = model.claim();
            String where = claim == null ? "" : claim.node().name();
            changes.add(
                    new Change(
                            model.id,
                            node == null ? where : node.name(),
                            Step.WAITING,
                            "It is loaded as soon as there is room."));
        }
    }

    private @Nullable Failure unload(Wish.Unload wish, List<Change> changes) {
        NodeState node = wish.node() == null ? null : state.nodes.get(wish.node());
        if (wish.node() != null && node == null) {
            return noNode(wish.node());
        }
        ModelState model = state.model(wish.model());
        List<Replica> pinned =
                model.replicas.stream()
                        .filter(r -> (node == null || r.home == node) && keeps(r))
                        .toList();
        if (!wish.force() && !pinned.isEmpty()) {
            return Refusals.pinned(places(pinned), "Unloading");
        }
        forget(model, wish.node());
        Wanted wanted = model.wanted();
        if (wanted != null && (node == null || wanted.node() == node)) {
            state.want(model, null);
            if (!model.waits()) {
                state.endWait(model);
            }
        }
        for (Replica replica : List.copyOf(model.replicas)) {
            if (node == null || replica.home == node) {
                leave(replica, Cause.OPERATOR, "", changes);
            }
        }
        model.rests = model.queue.isEmpty();
        state.dirty.all();
        return null;
    }

    /// Forgets an earlier run's load that was not wanted again yet.
    private void forget(ModelState model, @Nullable String node) {
        List<WantedLoad> left = new ArrayList<>(state.recalled);
        state.wishesChanged |=
                left.removeIf(load ->
                        load.model().equals(model.id)
                                && (node == null || node.equals(load.node())));
        state.recalled = left;
    }

    /// Whether a pin keeps it: it is pinned, and not about to leave already.
    private static boolean keeps(Replica replica) {
        return replica.pinned() && replica.leaving() == null;
    }

    private static List<Refusals.Pin> places(List<Replica> pinned) {
        return pinned.stream()
                .map(r -> new Refusals.Pin(r.model(), r.node(), r.pinnedByProfile))
                .toList();
    }

    /// Makes a replica leave, at once when it is idle.
    private void leave(Replica replica, Cause cause, String reason, List<Change> changes) {
        UnloadReason why = replica.leaving();
        boolean ordered = why != null && (why.cause() == cause || why.cause() == Cause.OPERATOR);
        boolean already = ordered || replica.state() instanceof Unloading;
        if (already) {
            return;
        }
        if (replica.state() instanceof Loading loading) {
            state.move(replica, new Loading(loading.since(), UnloadReason.of(cause)));
            changes.add(
                    change(replica, Step.DRAINING, reason + "It is unloaded once it is loaded."));
        } else if (replica.idle() && replica.reachable()) {
            state.unload(replica, UnloadReason.of(cause));
            changes.add(change(replica, Step.UNLOADING, reason + "It is being unloaded."));
        } else if (replica.state() instanceof Loaded loaded) {
            state.drain(replica, UnloadReason.of(cause));
            String when = when(loaded.inFlight() + replica.foreignInFlight);
            String text = reason + "It is unloaded when " + when + ".";
            changes.add(change(replica, Step.DRAINING, text));
        }
    }

    /// Who has nothing in flight is not unloaded at once only because nobody can be told to.
    private static String when(int inFlight) {
        return switch (inFlight) {
            case 0 -> "its node answers again";
            case 1 -> "the request in flight has ended";
            default -> "the " + inFlight + " requests in flight have ended";
        };
    }

    private @Nullable Failure pin(String model, String name, List<Change> changes) {
        NodeState node = state.nodes.get(name);
        if (node == null) {
            return noNode(name);
        }
        if (!pinnedByProfile(model, name) && !node.pins(model)) {
            repin(node, model, true);
            changes.add(new Change(model, name, Step.PINNED, "It is not unloaded to make room."));
        }
        return null;
    }

    private @Nullable Failure unpin(String model, String name, List<Change> changes) {
        NodeState node = state.nodes.get(name);
        if (node == null) {
            return noNode(name);
        }
        if (node.pins(model)) {
            repin(node, model, false);
            changes.add(new Change(model, name, Step.UNPINNED, "It may be unloaded to make room."));
            state.dirty.all();
            return null;
        }
        String text = "' by the catalogue: take the node out of its pinned_on there.";
        return pinnedByProfile(model, name)
                ? new Failure.BadRequest("'" + model + "' is pinned on '" + name + text, "model")
                : null;
    }

    private void repin(NodeState node, String model, boolean pinned) {
        Set<String> pins = new TreeSet<>(node.pinned());
        if (pinned) {
            pins.add(model);
        } else {
            pins.remove(model);
        }
        node.pin(pins);
        state.wishesChanged = true;
        for (Replica replica : state.drainingNow()) {
            UnloadReason why = replica.leaving();
            if (replica.pinned() && why != null && why.cause() == Cause.ROOM) {
                state.stay(replica);
            }
        }
    }

    private boolean pinnedByProfile(String model, String node) {
        var profile = state.model(model).profile;
        return profile != null && profile.needs().pinnedOn().contains(node);
    }

    private @Nullable Failure drain(Wish.Drain wish, List<Change> changes) {
        String name = wish.node();
        NodeState node = state.nodes.get(name);
        if (node == null) {
            return noNode(name);
        }
        if (!node.draining()) {
            List<Replica> pinned = node.replicas().stream().filter(OperatorWishes::keeps).toList();
            if (!wish.force() && !pinned.isEmpty()) {
                return Refusals.pinned(places(pinned), "Draining the node");
            }
            drains(node, true);
            changes.add(new Change(null, name, Step.DRAINED, "Nothing new is placed on it."));
        }
        moveAway(node, changes);
        state.dirty.all();
        return null;
    }

    private @Nullable Failure undrain(String name, List<Change> changes) {
        NodeState node = state.nodes.get(name);
        if (node == null) {
            return noNode(name);
        }
        if (node.draining()) {
            drains(node, false);
            changes.add(new Change(null, name, Step.UNDRAINED, "It takes part again."));
            for (Replica replica : List.copyOf(node.replicas())) {
                if (replica.state() instanceof Draining draining
                        && draining.why().cause() == Cause.NODE) {
                    state.stay(replica);
                    changes.add(change(replica, Step.RESTORED, "It takes requests again."));
                }
            }
            state.dirty.all();
        }
        return null;
    }

    private void drains(NodeState node, boolean drains) {
        node.drain(drains);
        state.wishesChanged = true;
    }

    /// Goes on emptying the nodes that are drained.
    void onTick() {
        for (NodeState node : state.nodes.values()) {
            if (node.draining() && !node.replicas().isEmpty()) {
                moveAway(node, new ArrayList<>());
            }
        }
    }

    private void moveAway(NodeState node, List<Change> changes) {
        for (Replica replica : List.copyOf(node.replicas())) {
            if (replica.state() instanceof Ready || replica.state() instanceof Suspect) {
                moveAway(replica, changes);
            }
        }
    }

    private void moveAway(Replica replica, List<Change> changes) {
        ModelState model = state.modelOf(replica);
        NodeState node = replica.home;
        if (model.servedElsewhere(node)) {
            leave(replica, Cause.NODE, "Another node serves the model. ", changes);
            return;
        }
        boolean comes =
                model.replicas.stream()
                        .anyMatch(r ->
                                r.home != node
                                        && !r.home.draining()
                                        && r.reachable()
                                        && r.state() instanceof Loading);
        if (comes || model.wanted() != null) {
            return;
        }
        Decision decision = model.profile == null ? null : scheduler.plan(model);
        Verdict chosen = decision == null ? null : decision.chosen();
        if (chosen != null && chosen.standing() == Verdict.Standing.AWAY) {
            return;
        }
        if (decision == null || fitsNowhere(replica, model, decision)) {
            leave(replica, Cause.NODE, NOWHERE, changes);
        } else if (decision.outcome() == Decision.Outcome.LOAD) {
            scheduler.load(model, decision);
            String to = Objects.requireNonNull(chosen).room().node();
            changes.add(change(replica, Step.MOVING, "It is being loaded on " + to + " first."));
        } else if (!replica.idle()) {
            state.want(model, new Wanted(state.newestRequest, null, state.now));
            state.dirty.model(model);
            // Whether room can be made is known when the scheduler has looked for it.
            state.followUps.add(() -> leaveIfGivenUp(replica, model, changes));
        }
    }

    private void leaveIfGivenUp(Replica replica, ModelState model, List<Change> changes) {
        boolean there = state.replicas.get(replica.generation()) == replica;
        if (there && model.wanted() == null && replica.leaving() == null) {
            leave(replica, Cause.NODE, NOWHERE, changes);
            state.dirty.all();
        } else {
            changes.add(change(replica, Step.MOVING, "Room is made for it elsewhere first."));
        }
    }

    /// Whether a model has no other node to go to: one that is in use may make others leave.
    private static boolean fitsNowhere(Replica replica, ModelState model, Decision decision) {
        Verdict chosen = decision.chosen();
        return switch (decision.outcome()) {
            case LOAD -> false;
            case MAKE_ROOM -> replica.idle();
            case WAIT ->
                    replica.idle()
                            && Objects.requireNonNull(chosen).standing()
                                    == Verdict.Standing.AFTER_DRAIN;
            case NOT_NOW ->
                    decision.verdicts().stream()
                            .filter(v -> v.reason() instanceof Reason.BackOff)
                            .map(v -> model.failure(v.room().node()))
                            .filter(Objects::nonNull)
                            .mapToInt(Backoff::failures)
                            .noneMatch(failures -> failures < Scheduler.ATTEMPTS);
            case NEVER -> true;
        };
    }

    private static Change change(Replica replica, Step step, String text) {
        return new Change(replica.model(), replica.node(), step, text);
    }
}
