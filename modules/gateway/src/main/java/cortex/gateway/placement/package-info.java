/// Decides where a model goes and who makes room: filter, score, pick. Pure functions of records; a
/// {@link cortex.gateway.placement.Decision} says for each node why. Owns no state, knows no clock.
///
/// Used by: gateway.fleet, gateway.fleet.machine, gateway.fleet.rules, gateway.fleet.view,
/// gateway.loading.
@NullMarked
package cortex.gateway.placement;

import org.jspecify.annotations.NullMarked;
