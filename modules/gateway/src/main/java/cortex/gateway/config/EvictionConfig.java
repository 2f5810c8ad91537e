package cortex.gateway.config;

import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import java.time.Duration;

/// How room is made. `defragAfterCycles` 0 means never. A replica that was just loaded is not
/// unloaded for another model before `minResidency` has passed; requests may be batched by model so
/// long as nobody waits for more than `maxExtraWait` on account of it.
public record EvictionConfig(
        Strategy strategy, int defragAfterCycles, Duration minResidency, Duration maxExtraWait) {
    /// Which idle model leaves first.
    public enum Strategy {
        /// The one whose last use is longest ago.
        LRU,
        /// By residency class, then by last use.
        PRIORITY,
        /// The one that is cheapest to bring back.
        COST
    }

    /// Reads the `[eviction]` table of cortex.toml.
    static EvictionConfig read(Section root) {
        Section eviction = root.table("eviction", "Eviction: how room is made for another model.");
        return new EvictionConfig(
                eviction.read(
                                "strategy",
                                ValueTypes.oneOf(EvictionConfig.Strategy.class),
                                "Which idle model leaves first: `lru` the one unused for longest,"
                                        + " `priority` by residency class, `cost` the cheapest to"
                                        + " bring back.")
                        .or(EvictionConfig.Strategy.LRU),
                eviction.read(
                                "defrag_after_cycles",
                                ValueTypes.integer(0, 1_000_000),
                                "Loads and evictions after which a node is tidied up. 0: never.")
                        .or(50),
                eviction.read(
                                "min_residency",
                                ValueTypes.duration(Duration.ZERO),
                                "How long a model that was just loaded stays before another one may"
                                        + " displace it.")
                        .or(Duration.ofSeconds(10)),
                eviction.read(
                                "max_extra_wait",
                                ValueTypes.duration(Duration.ZERO),
                                "The longest extra wait of a request while requests for another"
                                        + " model are served as a batch.")
                        .or(Duration.ofSeconds(30)));
    }
}
