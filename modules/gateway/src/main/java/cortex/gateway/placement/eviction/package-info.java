/// What it costs to unload a replica: one small pure class for each strategy, behind {@link
/// cortex.gateway.placement.eviction.EvictionPolicy}, and the demand for a model as an average that
/// fades. Knows no clock: times are handed in.
///
/// Used by: gateway.fleet.machine, gateway.fleet.rules, gateway.placement, simulation.replay.
@NullMarked
package cortex.gateway.placement.eviction;

import org.jspecify.annotations.NullMarked;
