package cortex.simulation.replay;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.gateway.config.EvictionConfig;
import cortex.gateway.config.EvictionConfig.Strategy;
import cortex.gateway.config.PlacementConfig;
import java.time.Duration;
import java.util.List;

/// What is replayed: the trace, the nodes and the catalogue, and the rules that are the same for
/// every strategy.
public record Scene(Trace trace, ReplayFleet fleet, Catalogue catalogue, Rules rules) {
    /// The configured headroom, how long a replica stays at least, how long a request waits for
    /// another model's at most, and how long a request waits at all.
    public record Rules(PlacementConfig placement, EvictionConfig eviction, Duration patience) {
        /// As the gateway has them when nothing is configured.
        public static final Rules DEFAULT =
                new Rules(
                        new PlacementConfig(256),
                        new EvictionConfig(
                                Strategy.LRU, 0, Duration.ofSeconds(10), Duration.ofSeconds(30)),
                        Duration.ofMinutes(10));
    }

    /// Checks that the trace can be replayed.
    ///
    /// @throws TraceException when it cannot, with the reason
    public Scene {
        for (Trace.Arrival arrival : trace.arrivals()) {
            if (catalogue.find(arrival.model()) == null) {
                throw new TraceException(
                        "the trace asks for '"
                                + arrival.model()
                                + "', which is not in the catalogue.");
            }
        }
        List<String> unknown =
                catalogue.profiles().stream()
                        .filter(profile -> profile.needs().vramMb() == null)
                        .map(ModelProfile::id)
                        .toList();
        if (!unknown.isEmpty()) {
            throw new TraceException(
                    "say vram_mb of " + String.join(", ", unknown) + " in the catalogue.");
        }
    }
}
