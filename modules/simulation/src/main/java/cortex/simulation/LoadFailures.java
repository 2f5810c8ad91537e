package cortex.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.node.DeviceHealth;
import cortex.core.node.NodeHealth;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// That a load which failed for a reason that lasts is not tried again before something changes,
/// and that nobody is told of failed loads while a node that can hold the model is untried.
final class LoadFailures {
    private final World world;
    private final Setting setting;
    private final SimulatedGateway gateway;

    /// Where a load failed for a reason that lasts: how often the neuron had been started then, and
    /// when it was.
    private final Map<Place, Lasting> lasting = new HashMap<>();

    /// Where a load failed since the last that did not, whatever the reason.
    private final Set<Place> failed = new HashSet<>();

    /// What an earlier life was to load, which is wanted again for a while.
    private final Set<String> recalled;

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
                    }
                }
            }
            case FleetEvent.LoadDone done -> failed.remove(place(done.generation()));
            case FleetEvent.Wanted(_, Wish.Load wish) ->
                    lasting.keySet().removeIf(place -> place.model.equals(wish.model().id()));
            default -> {}
        }
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
        Invariants.check(
                last == null
                        || last.starts != gateway.commands().node(load.node()).starts
                        || last.at < world.jumpedAt()
                        || recalled.contains(place.model),
                "tried again though nothing has changed: " + load);
    }

    void check(Failure.LoadFailed refused, Effect.Refuse refuse) {
        ModelProfile model = setting.model(refused.model());
        for (SimulatedNode node : setting.nodes) {
            boolean free = node.engines.isEmpty() && node.plain() && looksFree(node, model);
            boolean right =
                    !failed.contains(new Place(model.id(), node.name))
                            && !gateway.operators.drained.contains(node.name)
                            && node.couldHold(model, setting.policy.placement().headroomMb());
            Invariants.check(
                    !free || !right || !gateway.alone,
                    node.name + " is free and untried: " + refuse);
        }
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
