package cortex.gateway.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.Replica;
import cortex.gateway.fleet.rules.ReplicaState;
import cortex.gateway.simulation.Requests.Request;
import cortex.gateway.simulation.told.Violation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The engines' slots as the simulation counts them: each request takes as many as it asks for
/// answers, no engine has more than there are, one is kept while there are several clients, and
/// none stays free while somebody waits who may have it.
final class Slots {
    private final World world;
    private final Setting setting;
    private final SimulatedGateway gateway;

    /// When each client asked for something last, or had it.
    private final Map<String, Long> activeAt = new HashMap<>();

    /// Who had requests for several answers of which model: they sit turns out.
    private final Set<String> heavy = new HashSet<>();

    /// Loads whose engine failed at some time, which may get requests one by one.
    private final Set<Long> failed = new HashSet<>();

    Slots(World world, Setting setting, SimulatedGateway gateway) {
        this.world = world;
        this.setting = setting;
        this.gateway = gateway;
    }

    void asked(String client) {
        activeAt.put(client, world.now());
    }

    void failed(long generation) {
        failed.add(generation);
    }

    void granted(String model, String client, int weight) {
        if (weight > 1) {
            heavy.add(model + " " + client);
        }
    }

    void dieAll() {
        activeAt.clear();
        heavy.clear();
        failed.clear();
    }

    /// Whether others may be served before a request: its client has had more than one turn, or has
    /// slots already, of which one may be kept from it.
    boolean maySitOut(Request waiting) {
        boolean keeps = setting.policy.keepSlot().isPositive();
        return heavy.contains(waiting.model + " " + waiting.client)
                || (keeps && held(waiting.model, waiting.client) > 0);
    }

    private int weightOf(Request request) {
        Integer slots = setting.slots(request.model);
        return slots == null ? 1 : Math.min(slots, request.weight);
    }

    private int held(String model, String client) {
        int held = 0;
        for (Request request : gateway.requests.live.values()) {
            boolean holds = request.generation != null && request.model.equals(model);
            held += holds && request.client.equals(client) ? weightOf(request) : 0;
        }
        return held;
    }

    private int open(long generation) {
        int open = 0;
        for (Request request : gateway.requests.live.values()) {
            Long held = request.generation;
            open += held != null && held == generation ? weightOf(request) : 0;
        }
        return open;
    }

    /// Before a grant is carried out.
    void check(Effect.Grant grant) {
        Request request = gateway.requests.live.get(grant.request());
        Effect.Target target = grant.target();
        Integer slots = setting.slots(target.model());
        if (request == null || slots == null) {
            return;
        }
        int over = setting.policy.routing().overSlots();
        int takes = weightOf(request);
        int open = open(target.generation());
        Invariants.check(
                open + takes <= slots + over,
                open + " slots are taken already, " + takes + " more are not there: " + grant);
        int has = held(request.model, request.client);
        if (has > 0 && others(request)) {
            int all = 0;
            boolean sound = true;
            for (Replica replica : gateway.machine().replicas()) {
                boolean counts = counts(replica, request.model);
                all += counts ? slots + over : 0;
                boolean odd =
                        failed.contains(replica.generation())
                                || gateway.operators.drained.contains(replica.node());
                sound &= !counts || !odd;
            }
            Invariants.check(
                    all < 2 || has + takes < all || !sound,
                    request.client
                            + " has "
                            + has
                            + " of "
                            + all
                            + " slots and gets the last while there are others: "
                            + grant);
        }
    }

    /// One that was told to leave in this moment may have been counted before.
    private boolean counts(Replica replica, String model) {
        return replica.model().equals(model)
                && replica.reachable()
                && (replica.state() instanceof ReplicaState.Ready
                        || (replica.state() instanceof ReplicaState.Draining draining
                                && draining.since() == world.now()));
    }

    private boolean others(Request request) {
        long keep = setting.policy.keepSlot().toNanos();
        for (Map.Entry<String, Long> client : activeAt.entrySet()) {
            boolean lately = world.now() - client.getValue() < keep;
            if (lately && !client.getKey().equals(request.client)) {
                return true;
            }
        }
        return false;
    }

    /// After a tick: nobody who has nothing waits while a slot is free.
    void checkNobodyWaitsInVain() {
        for (ModelProfile model : setting.models) {
            Replica free = free(model.id());
            if (free == null) {
                continue;
            }
            boolean heavyWait = false;
            Request poor = null;
            for (Request waiting : gateway.requests.live.values()) {
                if (waiting.generation == null && waiting.model.equals(model.id())) {
                    heavyWait |= waiting.weight > 1;
                    boolean nothing = held(waiting.model, waiting.client) == 0;
                    poor = nothing ? waiting : poor;
                }
            }
            if (poor != null && !heavyWait) {
                throw new Violation(
                        poor.client
                                + " waits with request "
                                + poor.id
                                + " though a slot is free on "
                                + free.node());
            }
        }
    }

    private @Nullable Replica free(String model) {
        Integer slots = setting.slots(model);
        for (Replica replica : gateway.machine().replicas()) {
            boolean takes =
                    replica.model().equals(model)
                            && replica.reachable()
                            && replica.state() instanceof ReplicaState.Ready
                            && !failed.contains(replica.generation())
                            && !gateway.operators.drained.contains(replica.node());
            if (takes && (slots == null || open(replica.generation()) < slots)) {
                return replica;
            }
        }
        return null;
    }
}
