package cortex.gateway.fleet.machine;

import cortex.gateway.fleet.queue.FairQueue;
import cortex.gateway.fleet.queue.FairQueue.Waiter;
import cortex.gateway.fleet.queue.Networks;
import org.jspecify.annotations.Nullable;

/// Chooses the next request of a model to be served, and its replica. Clients take turns, with two
/// exceptions: a request that needs more slots than are free is overtaken, as {@link
/// cortex.gateway.fleet.queue.HoldBack} says, and one that leaves no slot goes after those that do.
/// Made for one choice.
final class ServingOrder {
    private final FleetState state;
    private final ModelState model;

    /// Held back for a request that needs more slots of it than are free.
    private @Nullable Replica kept;

    private @Nullable Replica replica;

    /// Whether one was passed over only because it leaves no slot.
    private boolean passed;

    ServingOrder(FleetState state, ModelState model) {
        this.state = state;
        this.model = model;
    }

    /// Returns the request that is next; null when none can be served now.
    @Nullable Waiter next() {
        Waiter next = model.queue().peek(waiter -> goes(waiter, true));
        if (next == null && passed) {
            next = model.queue().peek(waiter -> goes(waiter, false));
        }
        if (next != null && next.weight() > 1) {
            model.holdBack().over(state.now());
        }
        return next;
    }

    /// Returns where it is served.
    @Nullable Replica replica() {
        return replica;
    }

    private boolean goes(Waiter waiter, boolean considerate) {
        int weight = waiter.weight();
        if (!mayHold(state, model, waiter.client(), weight)) {
            return false;
        }
        replica = model.route(waiter.preference(), weight, state.now(), kept);
        if (weight == 1) {
            return replica != null;
        }
        if (replica == null) {
            if (kept == null && model.holdBack().may(waiter.since(), state.now())) {
                kept = model.soonest();
            }
            return false;
        }
        boolean leaves =
                !considerate
                        || leavesRoom(waiter.client(), weight)
                        || model.holdBack().may(waiter.since(), state.now());
        passed |= !leaves;
        return leaves;
    }

    /// Returns whether a client may take so many slots of a model more. One slot is kept for others
    /// while there are any: while one waits, or did something a short time ago. The same holds
    /// between networks. A client or network that has no slot may always take some, so that it does
    /// not wait for itself.
    static boolean mayHold(FleetState state, ModelState model, String client, int weight) {
        if (state.settings().policy().keepSlot().isZero()) {
            return true;
        }
        long now = state.now();
        FairQueue queue = model.queue();
        int has = model.shares().of(client);
        if (has > 0
                && !model.leavesOne(has, weight, now)
                && (queue.othersWait(client) || state.othersActive(client))) {
            return false;
        }
        String network = Networks.of(client);
        int all = model.shares().ofNetwork(network);
        return all == 0
                || model.leavesOne(all, weight, now)
                || !(queue.othersOfNetworkWait(network) || state.othersOfNetworkActive(network));
    }

    /// Returns whether a client that has no slot of the model leaves one, or has it for itself.
    private boolean leavesRoom(String client, int weight) {
        return weight == 1
                || model.leavesOne(0, weight, state.now())
                || !model.queue().othersWait(client);
    }
}
