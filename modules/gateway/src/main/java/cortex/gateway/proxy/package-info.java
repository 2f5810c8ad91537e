/// The data plane's way to one engine: the request it is sent, one try on one replica, and whether
/// to try again. Owns the HTTP client of each node. Knows bytes, not the fleet's state.
///
/// Used by: gateway, gateway.serve.
@NullMarked
package cortex.gateway.proxy;

import org.jspecify.annotations.NullMarked;
