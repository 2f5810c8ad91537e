/// The composition root of cortex.
///
/// The one place that makes, starts and stops the parts. May use every package of the module.
///
/// Used by: cli, gateway.admission, gateway.fleet.machine, gateway.fleet.rules, gateway.loading,
/// gateway.nodes, gateway.placement.eviction, gateway.replay, gateway.serve, gateway.simulation.
@NullMarked
package cortex.gateway;

import org.jspecify.annotations.NullMarked;
