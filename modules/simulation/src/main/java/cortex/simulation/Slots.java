package cortex.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.queue.HoldBack;
import cortex.gateway.fleet.rules.ReplicaState;
import cortex.gateway.fleet.view.LiveReplica;
import cortex.simulation.Requests.Request;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The engines' slots as the simulation counts them: each request takes as many as it asks for
/// answers, no engine has more than there are, one is kept while there are several clients or
/// networks, and none stays free for long while somebody waits who may have it.
final class Slots {
    private final World world;
    private final Setting setting;
    private final SimulatedGateway gateway;

    /// How long slots may be held back for a request that needs several, and be seen free only at a
    /// tick after that.
    private static final long LONGEST_FREE = HoldBack.LONGEST.plus(Duration.ofSeconds(2)).toNanos();

    /// When each client, and each network, asked for something last, or had it.
    private final Map<String, Long> activeAt = new HashMap<>();

    /// Who had requests for several answers of which model: they sit turns out.
    private final Set<String> heavy = new HashSet<>();

    /// Loads whose engine failed at some time, which may get requests one by one.
    private final Set<Long> failed = new HashSet<>();

    /// Those that were draining as the event came, and may have stayed since.
    private final Set<Long> draining = new HashSet<>();

    Slots(World world, Setting setting, SimulatedGateway gateway) {
        this.world = world;
        this.setting = setting;
        this.gateway = gateway;
    }

    /// Before an event is handed to the machine.
    void note() {
        draining.clear();
        for (LiveReplica replica : gateway.fleet().replicas()) {
            if (replica.state() instanceof ReplicaState.Draining) {
                draining.add(replica.generation());
            }
        }
    }

    void asked(Request request) {
        activeAt.put(request.client, world.now());
        activeAt.put(request.network, world.now());
    }

    void failed(long generation) {
        failed.add(generation);
    }

    void granted(Request request) {
        if (request.weight > 1) {
            heavy.add(request.model + " " + request.client);
            heavy.add(request.model + " " + request.network);
        }
    }

    void dieAll() {
        activeAt.clear();
        heavy.clear();
        failed.clear();
    }

    /// Whether others may be served before a request: its client has had more than one turn, or has
    /// slots already, of which one may be kept from it, or waits with one that needs several; and
    /// so with its network.
    boolean maySitOut(Request waiting) {
        boolean keeps = setting.policy.keepSlot().isPositive();
        return heavy.contains(waiting.model + " " + waiting.client)
                || heavy.contains(waiting.model + " " + waiting.network)
                || besideHeavy(waiting)
                || (keeps && held(waiting, waiting.network) > 0);
    }

    /// Whether its network waits with a request that needs several slots.
    private boolean besideHeavy(Request waiting) {
        for (Request other : gateway.requests.live.values()) {
            if (other.generation == null
                    && other.weight > 1
                    && other.model.equals(waiting.model)
                    && other.network.equals(waiting.network)) {
                return true;
            }
        }
        return false;
    }

    private int weightOf(Request request) {
        Integer slots = setting.slots(request.model);
        if (slots == null) {
            return 1;
        }
        boolean keeps = setting.policy.keepSlot().isPositive();
        return Math.min(Math.max(1, keeps ? slots - 1 : slots), request.weight);
    }

    /// The slots of a request's model that its client or its network has.
    private int held(Request of, String who) {
        int held = 0;
        for (Request request : gateway.requests.live.values()) {
            boolean holds = request.generation != null && request.model.equals(of.model);
            boolean its = request.client.equals(who) || request.network.equals(who);
            held += holds && its ? weightOf(request) : 0;
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
        for (String who : List.of(request.client, request.network)) {
            checkLast(grant, request, who);
        }
    }

    private void checkLast(Effect.Grant grant, Request request, String who) {
        int slots = Objects.requireNonNull(setting.slots(request.model));
        int over = setting.policy.routing().overSlots();
        int takes = weightOf(request);
        int has = held(request, who);
        if (has > 0 && others(who, who.equals(request.client))) {
            int all = 0;
            boolean sound = true;
            for (LiveReplica replica : gateway.fleet().replicas()) {
                boolean counts = counts(replica, request.model);
                all += counts ? slots + over : 0;
                boolean odd =
                        failed.contains(replica.generation())
                                || draining.contains(replica.generation())
                                || gateway.operators.drained.contains(replica.node());
                sound &= !counts || !odd;
            }
            Invariants.check(
                    all < 2 || has + takes < all || !sound,
                    who
                            + " has "
                            + has
                            + " of "
                            + all
                            + " slots and gets the last while there are others: "
                            + grant);
        }
    }

    /// One that was told to leave in this moment may have been counted before.
    private boolean counts(LiveReplica replica, String model) {
        return replica.model().equals(model)
                && replica.reachable()
                && (replica.state() instanceof ReplicaState.Ready
                        || (replica.state() instanceof ReplicaState.Draining draining
                                && draining.since() == world.now()));
    }

    /// Whether another client, or another network, was there lately.
    private boolean others(String who, boolean client) {
        long keep = setting.policy.keepSlot().toNanos();
        for (Map.Entry<String, Long> each : activeAt.entrySet()) {
            boolean lately = world.now() - each.getValue() < keep;
            boolean alike = client != each.getKey().startsWith("net ");
            if (lately && alike && !each.getKey().equals(who)) {
                return true;
            }
        }
        return false;
    }

    /// After a tick: nobody who has nothing waits while a slot is free, unless it is held back for
    /// a request that needs several; and then not for long.
    void checkNobodyWaitsInVain() {
        for (ModelProfile model : setting.models) {
            LiveReplica free = free(model.id());
            boolean heavyWait = false;
            for (Request waiting : gateway.requests.live.values()) {
                heavyWait |=
                        waiting.generation == null
                                && waiting.weight > 1
                                && waiting.model.equals(model.id());
            }
            for (Request waiting : gateway.requests.live.values()) {
                if (waiting.generation == null && waiting.model.equals(model.id())) {
                    checkNotInVain(waiting, free, heavyWait);
                }
            }
        }
    }

    private void checkNotInVain(Request waiting, @Nullable LiveReplica free, boolean heavyWait) {
        boolean could = free != null && held(waiting, waiting.network) == 0;
        if (!could || besideHeavy(waiting)) {
            waiting.freeSince = null;
            return;
        }
        Long before = waiting.freeSince;
        long since = before == null ? world.now() : before;
        waiting.freeSince = since;
        long waited = world.now() - Math.max(since, world.jumpedAt());
        if (waited >= (heavyWait ? LONGEST_FREE : 0)) {
            throw new Violation(
                    waiting.client
                            + " waits with request "
                            + waiting.id
                            + " though a slot is free on "
                            + Objects.requireNonNull(free).node());
        }
    }

    private @Nullable LiveReplica free(String model) {
        Integer slots = setting.slots(model);
        for (LiveReplica replica : gateway.fleet().replicas()) {
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
