package cortex.gateway.fleet.machine;

import cortex.core.failure.Failure;
import cortex.gateway.fleet.machine.Effect.Change;
import cortex.gateway.fleet.machine.Effect.KeepWishes;
import cortex.gateway.fleet.machine.Effect.Outcome;
import cortex.gateway.fleet.machine.Effect.Step;
import cortex.gateway.fleet.machine.FleetEvent.WantedLoad;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.fleet.machine.FleetEvent.Wishes;
import cortex.gateway.fleet.machine.Wait.Wanted;
import cortex.gateway.fleet.rules.ReplicaState.Loading;
import cortex.gateway.fleet.rules.ReplicaState.Unloading;
import cortex.gateway.fleet.rules.UnloadReason;
import cortex.gateway.fleet.rules.UnloadReason.Cause;
import cortex.gateway.fleet.view.Refusals;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Carries out operators' wishes: loads, unloads, pins, and drained nodes; owns what of them is
/// kept for the next run. A pin holds against operators too: one of them unpins or forces what
/// another pinned.
final class OperatorWishes {
    private final FleetState state;
    private final NodeDrain drain;

    /// The loads of an earlier run that wait until every node was heard of.
    private List<WantedLoad> recalled = List.of();

    /// What was last to be kept for the next run, and how many changes of wishes there were then.
    private Wishes kept = Wishes.NONE;

    private long keptAt;

    OperatorWishes(FleetState state, NodeDrain drain) {
        this.state = state;
        this.drain = drain;
    }

    /// Begins what is wanted and says what that changes.
    void onWanted(FleetEvent.Wanted wanted) {
        state.numbered(wanted.id());
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
        state.afterwards(() -> {
            Failure why = refused;
            if (why == null && wanted.wish() instanceof Wish.Load load) {
                why = state.model(load.model()).refusal();
            }
            state.effect(new Outcome(wanted.id(), changes, why));
        });
    }

    /// Wants a load of an earlier run again; why that cannot be, or null.
    @Nullable Failure again(Wish.Load wish) {
        return load(0, wish, new ArrayList<>());
    }

    private Failure noNode(String node) {
        String known =
                state.nodes().stream().map(NodeState::name).collect(Collectors.joining(", "));
        return new Failure.BadRequest(
                "There is no node '" + node + "'; there are: " + known + ".", "node");
    }

    private @Nullable Failure load(long id, Wish.Load wish, List<Change> changes) {
        if (state.closing()) {
            return new Failure.ShuttingDown();
        }
        NodeState node = wish.node() == null ? null : state.node(wish.node());
        if (wish.node() != null && node == null) {
            return noNode(wish.node());
        }
        ModelState model = state.model(wish.model());
        forget(model, null);
        model.wantedByOperator();
        // Whoever asks for it may have mended what was wrong.
        if (node == null) {
            model.failures().forgetLasting();
        } else {
            model.failures().forgetLasting(node.name());
        }
        for (Replica replica : model.replicas()) {
            boolean here = node == null ? !replica.home().draining() : replica.home() == node;
            if (here && replica.reachable() && !(replica.state() instanceof Unloading)) {
                if (replica.leaving() != null) {
                    state.stay(replica);
                    changes.add(change(replica, Step.RESTORED, "it stays loaded."));
                }
                return null;
            }
        }
        Wanted before = model.wanted();
        if (before != null && before.node() == node) {
            return null;
        }
        state.want(model, new Wanted(id, node, state.now()));
        state.dirty().model(model);
        state.afterwards(() -> begun(model, node, changes));
        return null;
    }

    private static void begun(ModelState model, @Nullable NodeState node, List<Change> changes) {
        for (Replica replica : model.replicas()) {
            if (replica.state() instanceof Loading
                    && replica.reachable()
                    && (node == null || replica.home() == node)) {
                changes.add(
                        change(
                                replica,
                                Step.LOADING,
                                "loading; cortex status shows when it is ready."));
                return;
            }
        }
        if (model.wanted() != null) {
            Wait.Claim claim = model.claim();
            String where = claim == null ? "" : claim.node().name();
            changes.add(
                    new Change(
                            model.id(),
                            node == null ? where : node.name(),
                            Step.WAITING,
                            "waits for room."));
        }
    }

    private @Nullable Failure unload(Wish.Unload wish, List<Change> changes) {
        NodeState node = wish.node() == null ? null : state.node(wish.node());
        if (wish.node() != null && node == null) {
            return noNode(wish.node());
        }
        ModelState model = state.model(wish.model());
        List<Replica> here =
                model.replicas().stream().filter(r -> node == null || r.home() == node).toList();
        Failure pinned = wish.force() ? null : pinned(here, "");
        if (pinned != null) {
            return pinned;
        }
        forget(model, wish.node());
        Wanted wanted = model.wanted();
        if (wanted != null && (node == null || wanted.node() == node)) {
            state.want(model, null);
            if (!model.waits()) {
                state.endWait(model);
            }
        }
        for (Replica replica : here) {
            drain.leave(replica, Cause.OPERATOR, "", changes);
        }
        model.unloadedByOperator();
        state.dirty().all();
        return null;
    }

    /// Forgets an earlier run's load that was not wanted again yet.
    private void forget(ModelState model, @Nullable String node) {
        List<WantedLoad> left = new ArrayList<>(recalled);
        left.removeIf(load ->
                load.model().equals(model.id()) && (node == null || node.equals(load.node())));
        recalled(left);
    }

    /// Takes what an earlier run kept for what was last to be kept.
    void recall(Wishes before, List<WantedLoad> loads) {
        kept = before;
        recalled(loads);
    }

    /// Returns the loads of an earlier run that have not been wanted again yet.
    List<WantedLoad> recalled() {
        return recalled;
    }

    /// Replaces the loads of an earlier run that are to be wanted again.
    void recalled(List<WantedLoad> loads) {
        if (!loads.equals(recalled)) {
            recalled = List.copyOf(loads);
            state.wishChanges().note();
        }
    }

    /// Returns what was last to be kept for the next run.
    Wishes kept() {
        return kept;
    }

    /// Has the wishes kept for the next run when they have changed. At the end of a run requests
    /// and loads are refused that nobody has given up, so that nothing is kept any more.
    void keep() {
        long changes = state.wishChanges().count();
        if (keptAt == changes || state.closing()) {
            return;
        }
        keptAt = changes;
        Wishes wishes = wishes();
        if (!wishes.equals(kept)) {
            kept = wishes;
            state.effect(new KeepWishes(wishes));
        }
    }

    private Wishes wishes() {
        Map<String, Set<String>> pins = new HashMap<>();
        Set<String> drained = new HashSet<>();
        for (NodeState node : state.nodes()) {
            if (!node.pinned().isEmpty()) {
                pins.put(node.name(), node.pinned());
            }
            if (node.draining()) {
                drained.add(node.name());
            }
        }
        List<WantedLoad> loads = new ArrayList<>(recalled);
        for (Wait wait : state.waits()) {
            Wanted wanted = wait.wanted();
            if (wanted != null) {
                NodeState node = wanted.node();
                loads.add(new WantedLoad(wait.model().id(), node == null ? null : node.name()));
            }
        }
        return new Wishes(pins, drained, loads);
    }

    /// Returns why pinned replicas are not to be taken away by `what`; null when none is pinned,
    /// but for those that are about to leave already.
    static @Nullable Failure pinned(List<Replica> replicas, String what) {
        List<Refusals.Pin> pins =
                replicas.stream()
                        .filter(r -> r.pinned() && r.leaving() == null)
                        .map(r -> new Refusals.Pin(r.model(), r.node(), r.pinnedByProfile()))
                        .toList();
        return pins.isEmpty() ? null : Refusals.pinned(pins, what);
    }

    private @Nullable Failure drain(Wish.Drain wish, List<Change> changes) {
        NodeState node = state.node(wish.node());
        return node == null ? noNode(wish.node()) : drain.begin(node, wish.force(), changes);
    }

    private @Nullable Failure undrain(String name, List<Change> changes) {
        NodeState node = state.node(name);
        if (node == null) {
            return noNode(name);
        }
        drain.end(node, changes);
        return null;
    }

    private @Nullable Failure pin(String model, String name, List<Change> changes) {
        NodeState node = state.node(name);
        if (node == null) {
            return noNode(name);
        }
        if (!pinnedByProfile(model, name) && !node.pins(model)) {
            repin(node, model, true);
            String never = drain.neverHolds(state.model(model), node);
            changes.add(
                    new Change(
                            model,
                            name,
                            Step.PINNED,
                            never == null
                                    ? "pinned: cortex will not evict it there."
                                    : "pinned, but without effect: the node " + never + "."));
        }
        return null;
    }

    private @Nullable Failure unpin(String model, String name, List<Change> changes) {
        NodeState node = state.node(name);
        if (node == null) {
            return noNode(name);
        }
        if (node.pins(model)) {
            repin(node, model, false);
            changes.add(new Change(model, name, Step.UNPINNED, "unpinned."));
            state.dirty().all();
            return null;
        }
        String text =
                "' in models.toml. Remove \"" + name + "\" from its pinned_on and restart cortex.";
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
        for (Replica replica : state.drainingNow()) {
            UnloadReason why = replica.leaving();
            if (replica.pinned() && why != null && why.cause() == Cause.ROOM) {
                state.stay(replica);
            }
        }
    }

    private boolean pinnedByProfile(String model, String node) {
        var profile = state.model(model).profile();
        return profile != null && profile.needs().pinnedOn().contains(node);
    }

    /// Makes one thing that a wish changed.
    static Change change(Replica replica, Step step, String text) {
        return new Change(replica.model(), replica.node(), step, text);
    }
}
