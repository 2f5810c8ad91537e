/// The catalogue as clients see it at `/v1/models`: what can be asked for, and what is known of it.
///
/// Owns no state. Reads the catalogue and the fleet's snapshots.
///
/// Used by: gateway, gateway.http.
@NullMarked
package cortex.gateway.http.models;

import org.jspecify.annotations.NullMarked;
