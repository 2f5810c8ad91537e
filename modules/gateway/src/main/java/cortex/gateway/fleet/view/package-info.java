/// Holds what is seen of the fleet from outside its lock: the view of all of it, the plan for one
/// model, how far a load is, and the sentences of refusals. Values, immutable and made by
/// fleet.machine; nothing here chooses or changes anything.
///
/// Used by: gateway, gateway.admin, gateway.fleet, gateway.fleet.machine, gateway.http,
/// gateway.http.models, gateway.loading, gateway.serve, simulation.
@NullMarked
package cortex.gateway.fleet.view;

import org.jspecify.annotations.NullMarked;
