/// cortex.toml and models.toml as records. Each table's record reads itself: a key's name, type,
/// default and meaning stand in one place, from which the checks, the effective configuration and
/// docs/CONFIGURATION.md come.
///
/// Used by: cli, gateway, gateway.admission, gateway.fleet.machine, gateway.fleet.rules,
/// gateway.loading, gateway.nodes, gateway.placement.eviction, gateway.serve, simulation,
/// simulation.replay.
@NullMarked
package cortex.gateway.config;

import org.jspecify.annotations.NullMarked;
