package cortex.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.fleet.machine.FleetEvent.Wishes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The people who run one gateway: now and then they want something, at times twice. Keeps books of
/// it, to hold the machine's against.
final class Operators {
    /// The nodes that are to be empty.
    final Set<String> drained = new HashSet<>();

    /// Models that somebody wanted loaded, and has not wanted unloaded everywhere since.
    final Set<String> loads = new HashSet<>();

    private final Set<Place> pins = new HashSet<>();
    private final Map<Place, Long> unloads = new HashMap<>();
    private final World world;
    private final Setting setting;
    private final SimulatedGateway gateway;
    private Effect.@Nullable Outcome answer;

    Operators(World world, Setting setting, SimulatedGateway gateway) {
        this.world = world;
        this.setting = setting;
        this.gateway = gateway;
    }

    private record Place(String model, String node) {}

    /// The gateway died, and knows of what was wanted as much as it had kept.
    void recall(Wishes kept) {
        drained.clear();
        drained.addAll(kept.drained());
        loads.clear();
        kept.loads().forEach(load -> loads.add(load.model()));
        pins.clear();
        kept.pins().forEach((node, models) -> models.forEach(m -> pins.add(new Place(m, node))));
        unloads.clear();
    }

    /// The models that are to be kept on a node, in order.
    List<String> pins(String node) {
        return pins.stream().filter(p -> p.node.equals(node)).map(Place::model).sorted().toList();
    }

    boolean pinned(String model, String node) {
        return pins.contains(new Place(model, node));
    }

    /// Whether anybody ever wanted the model off the node.
    boolean unloaded(String model, String node) {
        return unloads.containsKey(new Place(model, node));
    }

    /// Wants something by chance.
    void want() {
        Wish wish = wish();
        boolean kept = keptByPin(wish);
        if (!kept) {
            note(wish);
        }
        Effect.Outcome outcome = tell(wish);
        if (kept != (outcome.refused() instanceof Failure.Unsupported)) {
            throw new Violation((kept ? "goes over a pin: " : "no pin is against it: ") + wish);
        }
        if (world.chance(30) && outcome.refused() == null) {
            Effect.Outcome again = tell(wish);
            if (!again.changes().isEmpty() && !goesOn(wish)) {
                throw new Violation("wanting the same again changes something: " + again);
            }
        }
    }

    /// Whether something may follow at once from what the wish changed the first time: requests
    /// bring back what is unloaded, and what one model leaves another may move to.
    private boolean goesOn(Wish wish) {
        return switch (wish) {
            case Wish.Drain _ -> true;
            case Wish.Unload unload -> gateway.requests.waitedForSince(unload.model()) != null;
            case Wish.Load _, Wish.Pin _, Wish.Unpin _, Wish.Undrain _ -> false;
        };
    }

    /// Takes nodes into use again: some of them, or all where another gateway may want to use them.
    void relent() {
        for (String node : new TreeSet<>(drained)) {
            if (!gateway.alone || world.chance(50)) {
                note(new Wish.Undrain(node));
                tell(new Wish.Undrain(node));
            }
        }
    }

    /// Whether a pin is against it: something pinned is loaded there, and is to stay so far.
    private boolean keptByPin(Wish wish) {
        return switch (wish) {
            case Wish.Unload(String model, String node, boolean force) ->
                    !force && keptByPin(model, node);
            case Wish.Drain(String node, boolean force) ->
                    !force && !drained.contains(node) && keptByPin(null, node);
            case Wish.Load _, Wish.Pin _, Wish.Unpin _, Wish.Undrain _ -> false;
        };
    }

    private boolean keptByPin(@Nullable String model, @Nullable String node) {
        return gateway.fleet().replicas().stream()
                .filter(r -> model == null || r.model().equals(model))
                .filter(r -> node == null || r.node().equals(node))
                .filter(r -> r.state().leaving() == null)
                .anyMatch(
                        r -> pinned(r.model(), r.node()) || pinnedByCatalogue(r.model(), r.node()));
    }

    private boolean pinnedByCatalogue(String model, String node) {
        return setting.model(model).needs().pinnedOn().contains(node);
    }

    private Wish wish() {
        ModelProfile model = world.oneOf(setting.models);
        String node = world.oneOf(setting.nodes).name;
        String somewhere = world.chance(50) ? null : node;
        return switch (world.random.nextInt(10)) {
            case 0, 1 -> new Wish.Load(model, somewhere);
            case 2, 3 -> new Wish.Unload(model.id(), somewhere, world.chance(50));
            case 4 -> new Wish.Pin(model.id(), node);
            case 5, 6 -> new Wish.Unpin(model.id(), node);
            case 7 -> new Wish.Drain(node, world.chance(70));
            default -> new Wish.Undrain(node);
        };
    }

    private void note(Wish wish) {
        switch (wish) {
            case Wish.Load load -> loads.add(load.model().id());
            case Wish.Unload unload -> {
                if (unload.node() == null) {
                    loads.remove(unload.model());
                }
                for (SimulatedNode node : setting.nodes) {
                    if (unload.node() == null || node.name.equals(unload.node())) {
                        unloads.put(new Place(unload.model(), node.name), world.now());
                    }
                }
            }
            case Wish.Pin pin -> {
                if (!pinnedByCatalogue(pin.model(), pin.node())) {
                    pins.add(new Place(pin.model(), pin.node()));
                }
            }
            case Wish.Unpin unpin -> pins.remove(new Place(unpin.model(), unpin.node()));
            case Wish.Drain drain -> drained.add(drain.node());
            case Wish.Undrain undrain -> drained.remove(undrain.node());
        }
    }

    private Effect.Outcome tell(Wish wish) {
        long id = gateway.requests.nextNumber();
        answer = null;
        gateway.on(new FleetEvent.Wanted(id, wish));
        Effect.Outcome outcome = answer;
        if (outcome == null || outcome.wish() != id) {
            throw new Violation("a wish was not answered: " + wish);
        }
        return outcome;
    }

    void answered(Effect.Outcome outcome) {
        if (answer != null) {
            throw new Violation("a wish was answered twice: " + outcome);
        }
        answer = outcome;
    }
}
