package cortex.gateway.fleet.machine;

import cortex.core.failure.Failure;
import cortex.gateway.fleet.machine.Effect.Change;
import cortex.gateway.fleet.machine.Effect.Step;
import cortex.gateway.fleet.machine.Wait.Wanted;
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
import org.jspecify.annotations.Nullable;

/// Empties the nodes that operators take out of use. A drained node serves a model until another
/// node has it. A model that fits on no other node leaves when its requests have ended.
final class NodeDrain {
    private static final String NOWHERE =
            "no other node can take it: requests for it fail until you undrain the node; ";

    /// A model stays where it is until so many loads in a row have failed elsewhere.
    private static final int ATTEMPTS = 3;

    private final FleetState state;
    private final Scheduler scheduler;

    NodeDrain(FleetState state, Scheduler scheduler) {
        this.state = state;
        this.scheduler = scheduler;
    }

    /// Takes a node out of use.
    ///
    /// @return why it stays in use; null when it is drained
    @Nullable Failure begin(NodeState node, boolean force, List<Change> changes) {
        if (!node.draining()) {
            Failure pinned =
                    force
                            ? null
                            : OperatorWishes.pinned(node.replicas(), "Draining would unload it. ");
            if (pinned != null) {
                return pinned;
            }
            node.drain(true);
            changes.add(
                    new Change(
                            null, node.name(), Step.DRAINED, "draining: it gets no new models."));
        }
        moveAway(node, changes);
        state.dirty().all();
        return null;
    }

    /// Returns why a node can never hold a model; null when it can, or that is not known yet.
    @Nullable String neverHolds(ModelState model, NodeState node) {
        return scheduler.neverHolds(model, node);
    }

    /// Takes a node into use again.
    void end(NodeState node, List<Change> changes) {
        if (!node.draining()) {
            return;
        }
        node.drain(false);
        changes.add(new Change(null, node.name(), Step.UNDRAINED, "in use again."));
        for (Replica replica : List.copyOf(node.replicas())) {
            if (replica.state() instanceof Draining draining
                    && draining.why().cause() == Cause.NODE) {
                state.stay(replica);
                changes.add(
                        OperatorWishes.change(replica, Step.RESTORED, "it takes requests again."));
            }
        }
        state.dirty().all();
    }

    /// Makes a replica leave, at once when it is idle.
    void leave(Replica replica, Cause cause, String reason, List<Change> changes) {
        UnloadReason why = replica.leaving();
        boolean ordered = why != null && (why.cause() == cause || why.cause() == Cause.OPERATOR);
        boolean already = ordered || replica.state() instanceof Unloading;
        if (already) {
            return;
        }
        if (replica.state() instanceof Loading loading) {
            state.move(replica, new Loading(loading.since(), UnloadReason.of(cause)));
            changes.add(
                    OperatorWishes.change(
                            replica,
                            Step.DRAINING,
                            reason
                                    + "it is loading, and is unloaded once its load has ended;"
                                    + " only stopping its neuron ends the load."));
        } else if (replica.idle() && replica.reachable()) {
            state.unload(replica, UnloadReason.of(cause));
            changes.add(OperatorWishes.change(replica, Step.UNLOADING, reason + "unloading."));
        } else if (replica.state() instanceof Loaded loaded) {
            state.drain(replica, UnloadReason.of(cause));
            String when = when(loaded.inFlight() + replica.foreignInFlight());
            String text = reason + "it is unloaded when " + when + ".";
            changes.add(OperatorWishes.change(replica, Step.DRAINING, text));
        }
    }

    /// Says when a draining replica is unloaded. One with nothing in flight drains only because its
    /// node cannot be told to unload it.
    private static String when(int inFlight) {
        return switch (inFlight) {
            case 0 -> "its node answers again";
            case 1 -> "the request in flight has ended";
            default -> "the " + inFlight + " requests in flight have ended";
        };
    }

    /// Goes on emptying the nodes that are drained.
    void onTick() {
        for (NodeState node : state.nodes()) {
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
        ModelState model = replica.of();
        NodeState node = replica.home();
        if (model.servedElsewhere(node)) {
            leave(replica, Cause.NODE, "another node serves it; ", changes);
            return;
        }
        boolean comes =
                model.replicas().stream()
                        .anyMatch(r ->
                                r.home() != node
                                        && !r.home().draining()
                                        && r.reachable()
                                        && r.state() instanceof Loading);
        if (comes || model.wanted() != null) {
            return;
        }
        Decision decision = model.profile() == null ? null : scheduler.plan(model);
        Verdict chosen = decision == null ? null : decision.chosen();
        if (chosen != null && chosen.standing() == Verdict.Standing.AWAY) {
            return;
        }
        if (decision == null || fitsNowhere(replica, model, decision)) {
            leave(replica, Cause.NODE, NOWHERE, changes);
        } else if (decision.outcome() == Decision.Outcome.LOAD) {
            scheduler.load(model, decision);
            String to = Objects.requireNonNull(chosen).room().node();
            changes.add(
                    OperatorWishes.change(
                            replica, Step.MOVING, "it is being loaded on " + to + " first."));
        } else if (!replica.idle()) {
            state.want(model, new Wanted(state.newestRequest(), null, state.now()));
            state.dirty().model(model);
            // Whether room can be made is known when the scheduler has looked for it.
            state.afterwards(() -> leaveIfGivenUp(replica, model, changes));
        }
    }

    private void leaveIfGivenUp(Replica replica, ModelState model, List<Change> changes) {
        boolean there = state.has(replica);
        if (there && model.wanted() == null && replica.leaving() == null) {
            leave(replica, Cause.NODE, NOWHERE, changes);
            state.dirty().all();
        } else {
            changes.add(
                    OperatorWishes.change(
                            replica, Step.MOVING, "room is made for it elsewhere first."));
        }
    }

    /// Returns whether a model has no other node to go to: one that is in use may make others
    /// leave.
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
                            .filter(v -> v.reason() instanceof Reason.Failed)
                            .map(v -> model.failures().on(v.room().node()))
                            .filter(Objects::nonNull)
                            .filter(failed -> !failed.lasting())
                            .mapToInt(failed -> failed.failures() + failed.refusals())
                            .noneMatch(failures -> failures < ATTEMPTS);
            case NEVER -> true;
        };
    }
}
