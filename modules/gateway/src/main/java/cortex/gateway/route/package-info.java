/// From the name a client asked for to the model it means.
///
/// Owns no state. Pure: uses the catalogue and failures only.
///
/// Used by: gateway, gateway.admin, gateway.http, gateway.serve.
@NullMarked
package cortex.gateway.route;

import org.jspecify.annotations.NullMarked;
