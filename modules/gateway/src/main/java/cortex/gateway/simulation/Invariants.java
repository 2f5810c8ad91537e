package cortex.gateway.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.NodeState;
import cortex.gateway.fleet.machine.Replica;
import cortex.gateway.fleet.rules.ReplicaState;
import cortex.gateway.placement.NodeRoom;
import cortex.gateway.simulation.SimulatedNode.Engine;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// What must hold after every event, checked against the simulation's own books.
final class Invariants {
    private final Setting setting;
    private final SimulatedGateway gateway;

    /// Whether this gateway has the nodes to itself; two may both see the same free memory.
    private final boolean alone;

    Invariants(Setting setting, SimulatedGateway gateway, boolean alone) {
        this.setting = setting;
        this.gateway = gateway;
        this.alone = alone;
    }

    /// Before an effect is carried out.
    void checkEffect(Effect effect) {
        if (effect instanceof Effect.Command command) {
            check(
                    effect instanceof Effect.PollNow || state(command.node()).healthy(),
                    "a command to a node that does not answer: " + effect);
        }
        switch (effect) {
            case Effect.StartLoad load -> checkLoad(load);
            case Effect.StartUnload unload -> checkUnload(unload);
            case Effect.Grant grant -> checkGrant(grant);
            case Effect.Refuse _,
                    Effect.Adopt _,
                    Effect.PollNow _,
                    Effect.Outcome _,
                    Effect.RestartHarness _ -> {}
        }
    }

    private NodeState state(String node) {
        return gateway.machine().nodes().stream()
                .filter(n -> n.name().equals(node))
                .findFirst()
                .orElseThrow();
    }

    private void checkGrant(Effect.Grant grant) {
        Replica replica =
                gateway.machine().replicas().stream()
                        .filter(r -> r.generation() == grant.target().generation())
                        .findFirst()
                        .orElseThrow(() -> new Violation("granted what is gone: " + grant));
        check(replica.state() instanceof ReplicaState.Ready, "granted what is not ready: " + grant);
        check(replica.reachable(), "granted on a node that does not answer: " + grant);
    }

    private void checkLoad(Effect.StartLoad load) {
        String model = load.request().modelId();
        long same =
                gateway.machine().replicas().stream()
                        .filter(r -> r.node().equals(load.node()) && r.model().equals(model))
                        .count();
        check(same == 1, "a second load of a model on a node: " + load);
        if (alone) {
            List<Integer> devices = load.request().devices();
            for (int device : devices.isEmpty() ? List.of(NodeRoom.RAM) : devices) {
                checkRoom(load, device);
            }
        }
    }

    private void checkRoom(Effect.StartLoad load, int device) {
        SimulatedNode node = gateway.commands().node(load.node());
        long promised = node.promised(device) + share(load);
        for (Effect.StartLoad other : gateway.commands().onTheWay) {
            List<Integer> devices = other.request().devices();
            boolean here = devices.isEmpty() ? device == NodeRoom.RAM : devices.contains(device);
            promised += here && other.node().equals(load.node()) ? share(other) : 0;
        }
        long total = node.total(device);
        boolean told = load.request().vramMb() != null;
        check(
                !told || promised <= total,
                "device " + device + " is promised " + promised + " of " + total + " MiB: " + load);
    }

    private long share(Effect.StartLoad load) {
        long mb = Objects.requireNonNull(setting.trueMb.get(load.request().modelId()));
        return mb / Math.max(1, load.request().devices().size());
    }

    private void checkUnload(Effect.StartUnload unload) {
        check(
                gateway.requests.open(unload.generation()) == 0,
                "a busy replica is evicted: " + unload);
        boolean pinned =
                setting.models.stream()
                        .filter(m -> m.id().equals(unload.model()))
                        .map(ModelProfile::needs)
                        .anyMatch(n -> n.pinnedOn().contains(unload.node()));
        check(!pinned, "a pinned replica is evicted: " + unload);
    }

    /// After the effects of an event.
    void checkState() {
        Map<String, Integer> waiting = new HashMap<>();
        gateway.requests.waiting().forEach(r -> waiting.merge(r.model, 1, Integer::sum));
        for (ModelProfile model : setting.models) {
            int here = waiting.getOrDefault(model.id(), 0);
            check(
                    gateway.machine().waiting(model.id()) == here,
                    "the queue of " + model.id() + " does not hold the " + here + " who wait");
            check(here <= Setting.maxWaiters(), "too many wait for " + model.id());
        }
        Set<String> places = new HashSet<>();
        for (Replica replica : gateway.machine().replicas()) {
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

    /// When all is calm: nobody waits, and the machine knows exactly what is there.
    void checkEnd() {
        check(
                gateway.requests.live.isEmpty(),
                gateway.requests.waiting().size() + " requests still wait though all is well");
        for (SimulatedNode node : setting.nodes) {
            Set<String> there = new HashSet<>();
            node.engines.stream().filter(Engine::alive).forEach(e -> there.add(e.model));
            Set<String> known = new HashSet<>();
            gateway.machine().replicas().stream()
                    .filter(r -> r.node().equals(node.name))
                    .forEach(r -> known.add(r.model()));
            check(
                    there.equals(known),
                    node.name + " has " + there + ", but " + gateway.name + " thinks " + known);
        }
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new Violation(otherwise);
        }
    }
}
