package cortex.gateway.config;

import cortex.core.catalogue.Catalogue;
import java.util.List;

/// What the fleet consists of and how it is run.
public record FleetConfig(
        List<NodeAddress> neurons,
        Catalogue catalogue,
        PollingConfig polling,
        PlacementConfig placement,
        EvictionConfig eviction,
        RoutingConfig routing) {
    public FleetConfig {
        neurons = List.copyOf(neurons);
    }
}
