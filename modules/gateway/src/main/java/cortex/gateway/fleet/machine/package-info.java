/// Holds what the fleet knows and chooses what it does: {@link
/// cortex.gateway.fleet.machine.FleetMachine} takes events and returns effects, both plain values.
/// Pure and deterministic: no clock, no I/O, no threads, no randomness; not safe for use by several
/// threads, so that its users hold a lock or have one thread. Only the machine, its events and its
/// effects are public.
///
/// Used by: gateway.admin, gateway.fleet, gateway.loading, gateway.nodes, gateway.serve,
/// simulation, simulation.replay.
@NullMarked
package cortex.gateway.fleet.machine;

import org.jspecify.annotations.NullMarked;
