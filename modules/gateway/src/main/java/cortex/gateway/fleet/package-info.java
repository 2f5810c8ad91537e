/// The fleet: replicas, leases, waiters and the memory ledger, behind one lock. {@link
/// cortex.gateway.fleet.Fleet} owns the lock, FleetMachine chooses (pure). May use placement and
/// core; called by serve (requests), nodes and loading (events), http (snapshots).
@NullMarked
package cortex.gateway.fleet;

import org.jspecify.annotations.NullMarked;
