package cortex.gateway.serve;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.deadly.Deadly;
import cortex.gateway.fleet.machine.FleetEvent;

/// A request whose model is known.
///
/// @param caller the client it is from, as the fleet knows it
/// @param request what requests that end engines are known by
record ResolvedRequest(ModelProfile model, FleetEvent.Caller caller, Deadly.Request request) {}
