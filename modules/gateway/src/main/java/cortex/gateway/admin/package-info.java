/// The operator's side of the API, everything below `/admin/`: the fleet and the requests that
/// ended last to look at, why a model would go where, and what an operator wants changed. Owns no
/// state.
///
/// Used by: gateway.
@NullMarked
package cortex.gateway.admin;

import org.jspecify.annotations.NullMarked;
