/// What the fleet knows and how it chooses: {@link cortex.gateway.fleet.machine.FleetMachine} takes
/// events and answers effects, both plain values. Pure and deterministic: no clock, no I/O, no
/// threads, no randomness; not safe for use by several threads. May use placement and core. The
/// events are made by nodes and loading, which carry the effects out.
///
/// Used by: gateway.admin, gateway.fleet, gateway.loading, gateway.nodes, gateway.serve,
/// simulation, simulation.replay.
@NullMarked
package cortex.gateway.fleet.machine;

import org.jspecify.annotations.NullMarked;
