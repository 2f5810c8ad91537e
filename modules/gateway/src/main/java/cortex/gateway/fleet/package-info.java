/// Owns what changes in the fleet, behind one lock: replicas, leases, waiters and the memory
/// ledger. {@link cortex.gateway.fleet.Fleet} holds the lock and carries out what {@link
/// cortex.gateway.fleet.machine.FleetMachine} chooses. Requests, events and operators' wishes come
/// in, snapshots go out.
///
/// Used by: gateway, gateway.admin, gateway.deadly, gateway.http, gateway.http.models,
/// gateway.loading, gateway.proxy, gateway.serve.
@NullMarked
package cortex.gateway.fleet;

import org.jspecify.annotations.NullMarked;
