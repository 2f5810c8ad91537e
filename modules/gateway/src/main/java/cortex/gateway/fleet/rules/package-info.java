/// Holds the fleet's small rules, apart from its books: the states of a replica and the legal moves
/// between them, back-off and circuit breaker, which replica a conversation prefers, which replicas
/// leave so that a model fits. Values and pure functions, and small containers that their one owner
/// changes; no clock, no threads.
///
/// Used by: gateway.fleet, gateway.fleet.machine, gateway.fleet.view, gateway.loading, simulation.
@NullMarked
package cortex.gateway.fleet.rules;

import org.jspecify.annotations.NullMarked;
