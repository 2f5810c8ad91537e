/// The fleet: replicas, leases, waiters and the memory ledger, behind one lock. {@link
/// cortex.gateway.fleet.Fleet} owns the lock and carries out what {@link
/// cortex.gateway.fleet.machine.FleetMachine} chooses. May use core.
///
/// Used by: gateway, gateway.admin, gateway.deadly, gateway.http, gateway.http.models,
/// gateway.loading, gateway.proxy, gateway.serve.
@NullMarked
package cortex.gateway.fleet;

import org.jspecify.annotations.NullMarked;
