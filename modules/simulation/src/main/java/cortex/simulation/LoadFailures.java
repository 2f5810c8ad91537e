package cortex.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.core.files.ModelFiles;
import cortex.core.files.ModelFiles.State;
import cortex.core.node.DeviceHealth;
import cortex.core.node.ModelInfo;
import cortex.core.node.NodeHealth;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.fleet.rules.ReplicaState;
import cortex.gateway.fleet.rules.Rest;
import cortex.gateway.fleet.rules.UnloadReason;
import cortex.gateway.fleet.view.LiveReplica;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// That a load which failed for a reason that lasts is not tried again before something changes,
/// that a node which says that it lacks a model's files is no place for it, that a node is not
/// asked to load what it does not load now before its time, and that nobody is sent away while a
/// node that can hold the model is untried.
final class LoadFailures {
    /// What clocks and answers differ by.
    private static final Duration SLACK = Duration.ofMillis(1_100);

    private final World world;
    private final Setting setting;
    private final SimulatedGateway gateway;

    /// Where a load failed for a reason that lasts: how often the neuron had been started then, and
    /// when it was.
    private final Map<Place, Lasting> lasting = new HashMap<>();

    /// Where a load failed since the last that did not, whatever the reason.
    private final Set<Place> failed = new HashSet<>();

    /// What each node has told of models' files.
    private final Map<String, Map<String, ModelFiles>> files = new HashMap<>();

    /// How often each neuron had been started when it was last heard of.
    private final Map<String, Integer> heard = new HashMap<>();

    /// What an earlier life was to load, which is wanted again for a while.
    private final Set<String> recalled;

    /// Where a node does not load a model now, as it said to this gateway.
    private final Map<Place, RestSeen> resting = new HashMap<>();

    private record RestSeen(long at, long until) {}

    private record Place(String model, String node) {}

    private record Lasting(int starts, long at) {}

    LoadFailures(World world, Setting setting, SimulatedGateway gateway) {
        this.world = world;
        this.setting = setting;
        this.gateway = gateway;
        this.recalled = Set.copyOf(gateway.operators.loads);
    }

    void note(FleetEvent event) {
        switch (event) {
            case FleetEvent.LoadFailed load -> {
                Place place = place(load.generation());
                if (place != null) {
                    failed.add(place);
                    if (load.certain() && load.cause().kind().lasting()) {
                        int starts = gateway.commands().node(place.node).starts;
                        lasting.put(place, new Lasting(starts, world.now()));
                    } else if (load.certain()) {
                        lasting.remove(place);
                    }
                }
            }
            case FleetEvent.LoadRefused refused -> {
                Place place = place(refused.generation());
                if (place != null) {
                    rests(place, refused.rest());
                }
            }
            case FleetEvent.NodeReported report -> {
                note(report.node(), report.files());
                int starts = gateway.commands().node(report.node()).starts;
                Integer before = heard.put(report.node(), starts);
                if (before == null || before != starts) {
                    lasting.keySet().removeIf(place -> place.node.equals(report.node()));
                }
                noteRests(report);
            }
            case FleetEvent.LoadDone done -> {
                Place place = place(done.generation());
                failed.remove(place);
                lasting.remove(place);
                resting.remove(place);
            }
            case FleetEvent.Wanted(_, Wish.Load wish) -> {
                // What lasts is tried at once when an operator asks, whatever the node says.
                resting.keySet()
                        .removeIf(place ->
                                place.model.equals(wish.model().id())
                                        && lasting.containsKey(place));
                lasting.keySet().removeIf(place -> place.model.equals(wish.model().id()));
            }
            default -> {}
        }
    }

    /// What failed for want of a file may be tried again when something has changed with it.
    private void note(String node, @Nullable Map<String, ModelFiles> told) {
        if (told == null) {
            return;
        }
        Map<String, ModelFiles> before = files.put(node, told);
        for (ModelFiles now : told.values()) {
            Place place = new Place(now.id(), node);
            boolean same = before != null && now.equals(before.get(now.id()));
            if (!same && !now.lacks() && lasting.remove(place) != null) {
                failed.remove(place);
                resting.remove(place);
            }
        }
    }

    /// Whether a node has told that it lacks a model's files.
    boolean lacks(String node, String model) {
        ModelFiles told = files.getOrDefault(node, Map.of()).get(model);
        return told != null && told.lacks();
    }

    void check(Effect.StartUnload unload) {
        String next = unload.why().model();
        Invariants.check(
                next == null || !lacks(unload.node(), next),
                "evicted for a model whose files are not there: " + unload);
    }

    /// Nobody drains for a model whose files are not there.
    void checkState() {
        for (LiveReplica replica : gateway.fleet().replicas()) {
            UnloadReason why =
                    replica.state() instanceof ReplicaState.Draining draining
                            ? draining.why()
                            : null;
            String next = why == null ? null : why.model();
            Invariants.check(
                    next == null || !lacks(replica.node(), next),
                    replica.model()
                            + " drains on "
                            + replica.node()
                            + " for "
                            + next
                            + ", whose files are not there");
        }
    }

    private void noteRests(FleetEvent.NodeReported report) {
        for (ModelInfo entry : report.models()) {
            Rest rest = Rest.of(entry);
            Place place = new Place(entry.id(), report.node());
            if (rest != null && !isOn(place)) {
                rests(place, rest);
            }
        }
    }

    private void rests(Place place, Rest rest) {
        long until = world.now() + rest.left().toNanos() - SLACK.toNanos();
        resting.put(place, new RestSeen(world.now(), until));
    }

    private boolean rests(Place place) {
        RestSeen known = resting.get(place);
        return known != null && world.now() - known.until <= 2 * SLACK.toNanos();
    }

    private boolean isOn(Place place) {
        return gateway.fleet().replicas().stream()
                .anyMatch(r -> r.model().equals(place.model) && r.node().equals(place.node));
    }

    private @Nullable Place place(long generation) {
        return gateway.fleet().replicas().stream()
                .filter(replica -> replica.generation() == generation)
                .findFirst()
                .map(replica -> new Place(replica.model(), replica.node()))
                .orElse(null);
    }

    void check(Effect.StartLoad load) {
        Place place = new Place(load.request().modelId(), load.node());
        Lasting last = lasting.get(place);
        checkDownload(load, place);
        Invariants.check(
                setting.model(place.model).needs().allows(load.node()),
                "loaded on a node that its profile leaves out: " + load);
        Invariants.check(
                !lacks(load.node(), place.model), "loaded where its files are not: " + load);
        Invariants.check(
                last == null
                        || last.starts != gateway.commands().node(load.node()).starts
                        || last.at < world.jumpedAt()
                        || recalled.contains(place.model),
                "tried again though nothing has changed: " + load);
        RestSeen rests = resting.get(place);
        Invariants.check(
                rests == null
                        || world.now() - rests.until >= 0
                        || gateway.commands().node(place.node).rest(place.model) == null
                        || rests.at < world.jumpedAt(),
                "asked again before the node's time: " + load);
    }

    void check(String refused, Effect.Refuse refuse) {
        ModelProfile model = setting.model(refused);
        for (SimulatedNode node : setting.nodes) {
            Invariants.check(!takes(node, model), node.name + " is free and untried: " + refuse);
        }
    }

    /// Nothing is downloaded while a node that has it is free.
    private void checkDownload(Effect.StartLoad load, Place place) {
        ModelProfile model = setting.model(place.model);
        boolean wished = gateway.operators.loads.contains(place.model);
        if (!wished && state(place.node, place.model) == State.DOWNLOADABLE) {
            for (SimulatedNode node : setting.nodes) {
                Invariants.check(
                        !takes(node, model) || state(node.name, place.model) != State.PRESENT,
                        node.name + " has it and is free: " + load);
            }
        }
    }

    private @Nullable State state(String node, String model) {
        ModelFiles told = files.getOrDefault(node, Map.of()).get(model);
        return told == null ? null : told.state();
    }

    /// Whether a node could have the model at once, beyond doubt.
    private boolean takes(SimulatedNode node, ModelProfile model) {
        boolean free = node.engines.isEmpty() && node.plain() && looksFree(node, model);
        boolean right =
                !failed.contains(new Place(model.id(), node.name))
                        && !rests(new Place(model.id(), node.name))
                        && !lacks(node.name, model.id())
                        && !gateway.operators.drained.contains(node.name)
                        && node.couldHold(model, setting.policy.placement().headroomMb());
        return free && right && gateway.alone;
    }

    /// Whether the gateway knows that it is: the node answers, has no replica on the books, and its
    /// last reading shows enough.
    private boolean looksFree(SimulatedNode node, ModelProfile model) {
        Long mb = model.needs().vramMb();
        long needs = (mb == null ? 0 : mb) + setting.policy.placement().headroomMb();
        boolean empty =
                gateway.fleet().replicas().stream().noneMatch(r -> r.node().equals(node.name));
        return empty
                && gateway.fleet().nodes().stream()
                        .filter(view -> view.name().equals(node.name) && view.contact().healthy())
                        .anyMatch(view -> shows(view.health(), model, needs));
    }

    private static boolean shows(@Nullable NodeHealth health, ModelProfile model, long needs) {
        if (health == null) {
            return false;
        }
        Long ram = health.ramFreeMb();
        return model.needs().minDevices() == 0
                ? ram != null && ram >= needs
                : health.devices().stream()
                        .map(DeviceHealth::vramFreeMb)
                        .anyMatch(free -> free != null && free >= needs);
    }
}
