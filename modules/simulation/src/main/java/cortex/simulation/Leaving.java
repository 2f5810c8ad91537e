package cortex.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.rules.ReplicaState;
import cortex.gateway.fleet.rules.UnloadReason;
import cortex.gateway.fleet.view.LiveReplica;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// That nothing leaves without a good reason: never under a request, never a pinned one to make
/// room, never too soon, never one of a higher class, and only for somebody who waits and has
/// nothing. Keeps its own books of when replicas were loaded and used.
final class Leaving {
    private final Map<Long, Long> loadedAt = new HashMap<>();
    private final Map<Long, Long> usedAt = new HashMap<>();

    /// Who leaves for whom: unloads on their way, and the model and node they make room for.
    private final Map<Long, Holder> holders = new HashMap<>();

    private final World world;
    private final Setting setting;
    private final SimulatedGateway gateway;

    private record Holder(String model, String node) {}

    Leaving(World world, Setting setting, SimulatedGateway gateway) {
        this.world = world;
        this.setting = setting;
        this.gateway = gateway;
    }

    void note(FleetEvent event) {
        switch (event) {
            case FleetEvent.LoadDone done -> {
                loadedAt.putIfAbsent(done.generation(), world.now());
                usedAt.putIfAbsent(done.generation(), world.now());
                holders.clear();
            }
            case FleetEvent.OfLoad _, FleetEvent.Wanted _ -> holders.clear();
            case FleetEvent.NodeMissed missed -> forget(missed.node());
            case FleetEvent.NodeReported report -> forget(report.node());
            default -> {}
        }
    }

    private void forget(String node) {
        holders.values().removeIf(holder -> holder.node().equals(node));
    }

    /// Nobody is sent away while room is being made for them and nothing new is heard of the node.
    void check(Failure.NoCapacity refused, Effect.Refuse refuse) {
        for (LiveReplica replica : gateway.fleet().replicas()) {
            Holder holder = holders.get(replica.generation());
            Invariants.check(
                    !gateway.alone
                            || holder == null
                            || !holder.model().equals(refused.model())
                            || !(replica.state() instanceof ReplicaState.Unloading)
                            || gateway.operators.drained.contains(holder.node())
                            || elderLoads(holder),
                    "room is being made on " + replica.node() + ": " + refuse);
        }
    }

    /// Whether somebody who has waited longer got the node in the meantime.
    private boolean elderLoads(Holder holder) {
        return gateway.fleet().replicas().stream()
                .filter(r -> r.node().equals(holder.node()))
                .filter(r -> r.state() instanceof ReplicaState.Loading)
                .anyMatch(r -> elder(r.model(), holder.model()));
    }

    private boolean elder(String one, String other) {
        Long since = gateway.requests.waitedForSince(one);
        Long otherSince = gateway.requests.waitedForSince(other);
        return gateway.operators.loads.contains(one)
                || (since != null && (otherSince == null || since < otherSince));
    }

    void used(long generation) {
        usedAt.put(generation, world.now());
    }

    void check(Effect.StartUnload unload) {
        Invariants.check(
                gateway.requests.open(unload.generation()) == 0,
                "a busy replica is unloaded: " + unload);
        ModelProfile profile = setting.model(unload.model());
        UnloadReason why = unload.why();
        boolean drained = gateway.operators.drained.contains(unload.node());
        switch (why.cause()) {
            case ROOM -> {
                String holder = String.valueOf(why.model());
                holders.put(unload.generation(), new Holder(holder, unload.node()));
                checkPin(unload, profile);
                checkResidency(unload);
                checkClass(unload, profile, setting.model(holder));
            }
            case TTL -> {
                checkPin(unload, profile);
                Duration ttl = profile.residency().ttl();
                Invariants.check(
                        ttl != null && idleFor(unload.generation()) > ttl.toNanos(),
                        "unloaded before its ttl: " + unload);
            }
            case NODE -> Invariants.check(drained, "moved from a node that is in use: " + unload);
            case OPERATOR ->
                    Invariants.check(
                            gateway.operators.unloaded(unload.model(), unload.node()),
                            "nobody wanted it unloaded: " + unload);
            case HARNESS -> throw new Violation("one unload for a restart: " + unload);
        }
    }

    private long idleFor(long generation) {
        return world.now() - usedAt.getOrDefault(generation, Long.MIN_VALUE / 2);
    }

    private void checkPin(Effect.StartUnload unload, ModelProfile profile) {
        Invariants.check(
                !pinned(profile, unload.node()), "a pinned replica is unloaded: " + unload);
    }

    private boolean pinned(ModelProfile model, String node) {
        return model.needs().pinnedOn().contains(node)
                || gateway.operators.pinned(model.id(), node);
    }

    private void checkResidency(Effect.StartUnload unload) {
        long least = setting.policy.eviction().minResidency().toNanos();
        long stayed = world.now() - loadedAt.getOrDefault(unload.generation(), Long.MIN_VALUE / 2);
        Invariants.check(
                stayed >= least,
                "evicted after " + Duration.ofNanos(stayed).toMillis() + " ms: " + unload);
    }

    private void checkClass(Effect.StartUnload unload, ModelProfile profile, ModelProfile holder) {
        Invariants.check(
                profile.residency().priority() <= holder.residency().priority(),
                "a higher class is displaced: " + unload);
        boolean wanted =
                gateway.operators.loads.contains(holder.id())
                        || !gateway.operators.drained.isEmpty()
                        || pinned(holder, unload.node());
        boolean waits = gateway.requests.waitedForSince(holder.id()) != null;
        boolean served =
                gateway.fleet().replicas().stream()
                        .filter(r -> r.model().equals(holder.id()) && r.reachable())
                        .anyMatch(r -> r.state() instanceof ReplicaState.Ready);
        Invariants.check(
                wanted || (waits && !served), "room is made for nobody who needs it: " + unload);
    }

    void check(Effect.RestartHarness restart) {
        for (LiveReplica replica : gateway.fleet().replicas()) {
            boolean here =
                    replica.node().equals(restart.node())
                            && setting.model(replica.model())
                                    .engine()
                                    .harness()
                                    .equals(restart.harness());
            Invariants.check(
                    !here || gateway.requests.open(replica.generation()) == 0,
                    "a harness is restarted under requests for " + replica.model());
            Invariants.check(
                    !here || !(replica.state() instanceof ReplicaState.Loading),
                    "a harness is restarted while it loads " + replica.model());
        }
        for (ModelProfile model : setting.models) {
            Invariants.check(
                    !model.engine().harness().equals(restart.harness())
                            || gateway.requests.waitedForSince(model.id()) == null,
                    "a harness is restarted while requests wait for " + model.id());
        }
    }
}
