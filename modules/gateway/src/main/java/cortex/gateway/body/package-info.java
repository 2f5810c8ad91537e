/// What requests take of the heap: their bodies as they come in, and what is made of them. Owns the
/// count of it, shared fairly between clients. Knows neither models nor the fleet.
///
/// Used by: gateway, gateway.config, gateway.serve.
@NullMarked
package cortex.gateway.body;

import org.jspecify.annotations.NullMarked;
