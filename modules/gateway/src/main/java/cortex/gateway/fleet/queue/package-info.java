/// Who of those that wait is next: the fair queue of a model, turns, which clients are one network,
/// and for how long a request that needs much may keep others from what is free. Containers that
/// their one owner changes; no clock, no threads.
///
/// Used by: gateway.admission, gateway.fleet.machine, simulation.
@NullMarked
package cortex.gateway.fleet.queue;

import org.jspecify.annotations.NullMarked;
