/// The fleet: replicas, leases, waiters and the memory ledger, behind one lock. {@link
/// cortex.gateway.fleet.Fleet} owns the lock and carries out what {@link
/// cortex.gateway.fleet.machine.FleetMachine} chooses. May use core; called by serve (requests),
/// nodes and loading (events), http (snapshots).
@NullMarked
package cortex.gateway.fleet;

import org.jspecify.annotations.NullMarked;
