package cortex.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.node.NodeHealth;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.rules.ReplicaState;
import cortex.gateway.fleet.view.LiveReplica;
import cortex.gateway.fleet.view.NodeView;
import cortex.gateway.placement.NodeRoom;
import cortex.simulation.SimulatedNode.Engine;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What must hold after every event of one life of a gateway, checked against the simulation's own
/// books.
final class Invariants {
    private final World world;
    private final Setting setting;
    private final SimulatedGateway gateway;
    private final Leaving leaving;
    private final Turns turns;
    private final LoadFailures failing;
    private final Absences absences;
    private final Map<Long, String> newer = new HashMap<>();

    /// When the last report of each node was asked for, and the polls missed since.
    private final Map<String, Long> heardAt = new HashMap<>();

    private final Map<String, Integer> misses = new HashMap<>();

    /// Loads of a model on a node that failed since the last that did not; those that the node
    /// itself told of count twice.
    private final Map<String, Integer> failed = new HashMap<>();

    private @Nullable Long bornAt;

    Invariants(World world, Setting setting, SimulatedGateway gateway) {
        this.world = world;
        this.setting = setting;
        this.gateway = gateway;
        this.leaving = new Leaving(world, setting, gateway);
        this.turns = new Turns(world, setting, gateway);
        this.failing = new LoadFailures(world, setting, gateway);
        this.absences = new Absences(world, setting, gateway);
    }

    /// Before an answer is handed to the machine.
    void note(FleetEvent event) {
        leaving.note(event);
        turns.note(event);
        failing.note(event);
        absences.note(event);
        gateway.requests.slots.note();
        newer.clear();
        bornAt = bornAt == null ? Long.valueOf(world.now()) : bornAt;
        switch (event) {
            case FleetEvent.NodeReported report -> {
                noteNewer(report);
                heardAt.put(report.node(), report.askedAt());
                misses.remove(report.node());
            }
            case FleetEvent.NodeMissed missed -> misses.merge(missed.node(), 1, Integer::sum);
            case FleetEvent.LoadFailed load -> noteFailed(load.generation(), load.certain());
            case FleetEvent.LoadDone done -> failed.remove(place(done.generation()));
            default -> {}
        }
    }

    private void noteFailed(long generation, boolean certain) {
        failed.merge(place(generation), certain ? 2 : 1, Integer::sum);
    }

    private String place(long generation) {
        return gateway.fleet().replicas().stream()
                .filter(r -> r.generation() == generation)
                .findFirst()
                .map(r -> r.model() + " on " + r.node())
                .orElse("");
    }

    /// Whether a node does not answer, and is waited for.
    private boolean awaited(SimulatedNode node) {
        Long heard = heardAt.get(node.name);
        Long since = heard == null ? bornAt : heard;
        boolean lately = since != null && world.now() - since < setting.nodeGrace.toNanos();
        return (gone(node) && lately) || absences.lasts(node.name);
    }

    private boolean gone(SimulatedNode node) {
        boolean lost = misses.getOrDefault(node.name, 0) >= Setting.MISSES;
        return lost || !heardAt.containsKey(node.name);
    }

    /// Nobody is sent away for want of room while a node that could have the model may be back in a
    /// moment.
    private void checkRefused(Effect.Refuse refuse) {
        absences.check(refuse);
        if (refuse.failure() instanceof Failure.LoadFailed unloaded) {
            failing.check(unloaded.model(), refuse);
        }
        if (!(refuse.failure() instanceof Failure.NoCapacity refused)) {
            return;
        }
        leaving.check(refused, refuse);
        if (setting.files.scattered()) {
            failing.check(refused.model(), refuse);
        }
        ModelProfile model = setting.model(refused.model());
        for (SimulatedNode node : setting.nodes) {
            String place = model.id() + " on " + node.name;
            check(
                    !awaited(node)
                            || gateway.operators.drained.contains(node.name)
                            || failed.getOrDefault(place, 0) > 1
                            || failing.lacks(node.name, model.id())
                            || !node.couldHold(model, setting.policy.placement().headroomMb()),
                    node.name + " may be back in a moment: " + refuse);
        }
    }

    /// Nobody waits for nodes that have been away for too long.
    private void checkForsaken(FleetEvent event) {
        boolean hopeless = setting.nodes.stream().allMatch(node -> gone(node) && !awaited(node));
        check(
                !hopeless
                        || !(event instanceof FleetEvent.Tick)
                        || gateway.requests.waiting().isEmpty(),
                "requests wait for nodes that are gone");
    }

    /// Who became ready after a report was asked for, and is there: it cannot tell of them.
    private void noteNewer(FleetEvent.NodeReported report) {
        Set<String> alive = new HashSet<>();
        gateway.commands().node(report.node()).engines.stream()
                .filter(Engine::alive)
                .forEach(engine -> alive.add(engine.replica));
        for (LiveReplica replica : gateway.fleet().replicas()) {
            if (replica.node().equals(report.node())
                    && replica.state() instanceof ReplicaState.Loaded loaded
                    && loaded.serving().readySince() >= report.askedAt()
                    && alive.contains(loaded.serving().info().replica())) {
                newer.put(replica.generation(), replica.model() + " on " + replica.node());
            }
        }
    }

    /// Before an effect is carried out.
    void checkEffect(Effect effect) {
        if (effect instanceof Effect.Command command) {
            check(
                    effect instanceof Effect.PollNow || state(command.node()).contact().healthy(),
                    "a command to a node that does not answer: " + effect);
        }
        switch (effect) {
            case Effect.StartLoad load -> {
                checkLoad(load);
                failing.check(load);
                absences.check(load);
            }
            case Effect.StartUnload unload -> {
                leaving.check(unload);
                failing.check(unload);
            }
            case Effect.RestartHarness restart -> leaving.check(restart);
            case Effect.Grant grant -> {
                checkGrant(grant);
                turns.check(grant);
                gateway.requests.slots.check(grant);
                leaving.used(grant.target().generation());
            }
            case Effect.Refuse refuse -> checkRefused(refuse);
            case Effect.Adopt _,
                    Effect.PollNow _,
                    Effect.Remember _,
                    Effect.KeepWishes _,
                    Effect.Outcome _ -> {}
        }
    }

    /// That pins and drains are as operators wanted them, in this life or an earlier one.
    private void checkWishes() {
        for (NodeView node : gateway.fleet().nodes()) {
            check(
                    node.wishes().draining() == gateway.operators.drained.contains(node.name()),
                    node.name() + " is" + (node.wishes().draining() ? "" : " not") + " drained");
            List<String> pins = gateway.operators.pins(node.name());
            check(
                    node.wishes().pins().equals(pins),
                    node.name() + " has pins " + node.wishes().pins() + ", wanted are " + pins);
        }
    }

    private NodeView state(String node) {
        return gateway.fleet().nodes().stream()
                .filter(n -> n.name().equals(node))
                .findFirst()
                .orElseThrow();
    }

    private void checkGrant(Effect.Grant grant) {
        Effect.Target target = grant.target();
        LiveReplica replica =
                gateway.fleet().replicas().stream()
                        .filter(r -> r.generation() == target.generation())
                        .findFirst()
                        .orElseThrow(() -> new Violation("granted what is gone: " + grant));
        boolean ready =
                switch (replica.state()) {
                    case ReplicaState.Ready _ -> true;
                    // It may be told to leave in the same moment.
                    case ReplicaState.Draining draining -> draining.since() == world.now();
                    case ReplicaState.Loading _, ReplicaState.Suspect _, ReplicaState.Unloading _ ->
                            false;
                };
        check(ready, "granted what is not ready: " + grant);
        check(replica.reachable(), "granted on a node that does not answer: " + grant);
        Integer slots = setting.slots(target.model());
        int open = gateway.requests.open(target.generation());
        check(
                slots == null || open < slots + setting.policy.routing().overSlots(),
                open + " leases are open already: " + grant);
        if (gateway.operators.drained.contains(target.node())) {
            boolean elsewhere =
                    gateway.fleet().replicas().stream()
                            .filter(r -> r.model().equals(target.model()) && r.reachable())
                            .filter(r -> !gateway.operators.drained.contains(r.node()))
                            .anyMatch(r -> r.state() instanceof ReplicaState.Ready);
            check(!elsewhere, "granted on a drained node though another is ready: " + grant);
        }
    }

    private void checkLoad(Effect.StartLoad load) {
        String model = load.request().modelId();
        List<LiveReplica> same =
                gateway.fleet().replicas().stream().filter(r -> r.model().equals(model)).toList();
        check(
                same.stream().filter(r -> r.node().equals(load.node())).count() == 1,
                "a second load of a model on a node: " + load);
        check(
                !gateway.operators.drained.contains(load.node()),
                "a load on a node that is drained: " + load);
        String restarting = state(load.node()).wishes().restarting();
        check(
                !load.request().harness().equals(restarting),
                "a load in a harness that is restarted: " + load);
        checkNumber(load, same);
        if (gateway.alone) {
            List<Integer> devices = load.request().devices();
            for (int device : devices.isEmpty() ? List.of(NodeRoom.RAM) : devices) {
                checkRoom(load, device);
            }
        }
    }

    /// No more replicas than the catalogue allows, unless operators want it otherwise or the others
    /// are of no use. One that drained for a model which was served elsewhere in the same moment
    /// may be one too many.
    private void checkNumber(Effect.StartLoad load, List<LiveReplica> same) {
        String model = load.request().modelId();
        long useful =
                same.stream()
                        .filter(r -> r.reachable() && r.state() instanceof ReplicaState.Ready)
                        .filter(r -> !gateway.operators.drained.contains(r.node()))
                        .count();
        int most = setting.model(model).residency().maxReplicas();
        check(
                useful <= most || gateway.operators.loads.contains(model),
                "more replicas than " + most + ": " + load);
    }

    private void checkRoom(Effect.StartLoad load, int device) {
        SimulatedNode node = gateway.commands().node(load.node());
        String model = load.request().modelId();
        long promised =
                node.promised(
                                device,
                                model,
                                gateway.seen(node),
                                engine -> gateway.mayKnow(node, engine))
                        + share(load, device);
        for (Effect.StartLoad other : gateway.commands().onTheWay) {
            promised += other.node().equals(load.node()) ? share(other, device) : 0;
        }
        long total = node.total(device);
        // What a model on the CPU takes that tells no size nobody knows before it is measured.
        boolean unknown =
                device == NodeRoom.RAM
                        && node.engines.stream()
                                .filter(e -> e.alive() && e.devices.isEmpty())
                                .anyMatch(e -> setting.model(e.model).needs().vramMb() == null);
        boolean told = load.request().vramMb() != null && !unknown;
        check(
                !told || promised <= total,
                "device " + device + " is promised " + promised + " of " + total + " MiB: " + load);
    }

    private long share(Effect.StartLoad load, int device) {
        long mb = Objects.requireNonNull(setting.trueMb.get(load.request().modelId()));
        List<Integer> devices = load.request().devices();
        int at = devices.isEmpty() ? 0 : devices.indexOf(device);
        boolean here = devices.isEmpty() ? device == NodeRoom.RAM : at >= 0;
        return here ? SimulatedNode.shares(load.request(), mb)[at] : 0;
    }

    /// After the effects of an event.
    void checkState(FleetEvent event) {
        checkForsaken(event);
        Map<String, Integer> waiting = new HashMap<>();
        gateway.requests.waiting().forEach(r -> waiting.merge(r.model, 1, Integer::sum));
        for (ModelProfile model : setting.models) {
            int here = waiting.getOrDefault(model.id(), 0);
            check(
                    gateway.fleet().waiting(model.id()) == here,
                    "the queue of " + model.id() + " does not hold the " + here + " who wait");
            check(here <= Setting.maxWaiters(), "too many wait for " + model.id());
        }
        checkWishes();
        failing.checkState();
        if (event instanceof FleetEvent.Tick) {
            gateway.requests.slots.checkNobodyWaitsInVain();
        }
        Set<String> places = new HashSet<>();
        gateway.fleet().replicas().forEach(replica -> newer.remove(replica.generation()));
        check(newer.isEmpty(), "forgotten by a report that is older than they are: " + newer);
        for (LiveReplica replica : gateway.fleet().replicas()) {
            int open = gateway.requests.open(replica.generation());
            int counted =
                    replica.state() instanceof ReplicaState.Loaded loaded ? loaded.inFlight() : 0;
            check(
                    open == counted,
                    open + " leases are open, counted are " + counted + ": " + replica.model());
            check(
                    places.add(replica.model() + " on " + replica.node()),
                    "two replicas of " + replica.model() + " on " + replica.node());
        }
    }

    /// When all is calm: nobody waits, nothing is on its way, and the machine knows exactly what is
    /// there.
    void checkEnd() {
        check(
                gateway.requests.waiting().isEmpty(),
                gateway.requests.waiting().size() + " requests still wait though all is well");
        for (SimulatedNode node : setting.nodes) {
            Set<String> there = new HashSet<>();
            node.engines.stream().filter(Engine::alive).forEach(e -> there.add(e.model));
            Set<String> known = new HashSet<>();
            for (LiveReplica replica : gateway.fleet().replicas()) {
                if (replica.node().equals(node.name)) {
                    known.add(replica.model());
                    check(
                            replica.state() instanceof ReplicaState.Ready,
                            replica.model() + " is left in " + replica.state());
                }
            }
            check(
                    there.equals(known),
                    node.name + " has " + there + ", but " + gateway.name + " thinks " + known);
            check(
                    known.isEmpty()
                            || !gateway.alone
                            || !gateway.operators.drained.contains(node.name),
                    node.name + " is drained and still has " + known);
            check(state(node.name).wishes().restarting() == null, node.name + " restarts for ever");
        }
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new Violation(otherwise);
        }
    }

    /// That a neuron which says that it restarts costs nobody anything for as long as it said, or
    /// as a node may take: what is loaded there is not loaded elsewhere, and nobody who wants it is
    /// sent away. Afterwards it is gone.
    private static final class Absences {
        private final World world;
        private final Setting setting;
        private final SimulatedGateway gateway;

        /// By node: when it first said so, and until when it is waited for.
        private final Map<String, Absence> told = new HashMap<>();

        private record Absence(long since, long until) {}

        Absences(World world, Setting setting, SimulatedGateway gateway) {
            this.world = world;
            this.setting = setting;
            this.gateway = gateway;
        }

        void note(FleetEvent event) {
            if (!(event instanceof FleetEvent.NodeReported report)) {
                return;
            }
            NodeHealth.Restarting restarting = report.health().restarting();
            if (restarting == null) {
                told.remove(report.node());
                return;
            }
            Absence before = told.get(report.node());
            long since = before == null ? world.now() : before.since;
            long back = Duration.ofMillis((long) (restarting.backInSecs() * 1000)).toNanos();
            long until = Math.min(world.now() + back, since + setting.maxRestart.toNanos());
            told.put(report.node(), new Absence(since, until));
        }

        /// Whether a node is about to be back, as it said.
        boolean lasts(String node) {
            Absence absence = told.get(node);
            return absence != null && world.now() < absence.until;
        }

        private boolean keeps(LiveReplica replica, String model) {
            return replica.model().equals(model)
                    && lasts(replica.node())
                    && replica.state() instanceof ReplicaState.Ready;
        }

        private boolean kept(String model) {
            return gateway.fleet().replicas().stream().anyMatch(replica -> keeps(replica, model));
        }

        void check(Effect.Refuse refuse) {
            String model =
                    switch (refuse.failure()) {
                        case Failure.NoCapacity none -> none.model();
                        case Failure.LoadFailed failed -> failed.model();
                        default -> null;
                    };
            Invariants.check(
                    model == null || !kept(model),
                    model + " is loaded on a node that is back in a moment: " + refuse);
        }

        /// A model is loaded once more for an operator, from a node that is to be empty, and where
        /// there are to be several.
        void check(Effect.StartLoad load) {
            String model = load.request().modelId();
            boolean wanted =
                    gateway.operators.loads.contains(model)
                            || !gateway.operators.drained.isEmpty()
                            || gateway.fleet().replicas().stream()
                                    .anyMatch(r ->
                                            r.model().equals(model)
                                                    && r.reachable()
                                                    && r.state() instanceof ReplicaState.Ready);
            Invariants.check(
                    wanted || !kept(model),
                    "loaded elsewhere though its node is back in a moment: " + load);
        }
    }
}
