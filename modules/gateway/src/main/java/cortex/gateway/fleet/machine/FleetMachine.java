package cortex.gateway.fleet.machine;

import cortex.core.catalogue.Catalogue;
import cortex.core.failure.Failure;
import cortex.gateway.GatewayConfig.NodeAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The fleet's brain: `on(event, now)` changes what is known and answers what is to be done.
public final class FleetMachine {
    /// What a fleet is made of. `misses` in a row make a node unhealthy; `maxWaiters` may wait for
    /// one model.
    public record Settings(
            List<NodeAddress> neurons, Catalogue catalogue, int misses, int maxWaiters) {
        public Settings {
            neurons = List.copyOf(neurons);
        }
    }

    private final Map<String, NodeState> nodes = new LinkedHashMap<>();
    private final Map<Long, Replica> replicas = new LinkedHashMap<>();
    private boolean changed;

    /// A fleet that has heard of nobody yet.
    public FleetMachine(Settings settings) {
        settings.neurons().forEach(n -> nodes.put(n.name(), new NodeState(n.name(), n.endpoint())));
    }

    /// Takes note of an event at `now` (monotonic nanoseconds) and answers what is to be done.
    public List<Effect> on(FleetEvent event, long now) {
        if (event instanceof FleetEvent.Asked asked) {
            String model = asked.model().id();
            return List.of(
                    new Effect.Refuse(
                            asked.request(),
                            new Failure.NoCapacity(
                                    model, "No node can load yet.", Duration.ofSeconds(5))));
        }
        return List.of();
    }

    /// The nodes in the order of the configuration.
    public List<NodeState> nodes() {
        return List.copyOf(nodes.values());
    }

    /// The replicas, oldest first.
    public List<Replica> replicas() {
        return new ArrayList<>(replicas.values());
    }

    /// Whether nodes or replicas (but for requests in flight) changed since this was last asked.
    public boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }
}
