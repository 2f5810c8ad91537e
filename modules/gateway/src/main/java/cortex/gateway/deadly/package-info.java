/// Requests that end engines, and whose they are. {@link cortex.gateway.deadly.Deadly} owns what is
/// remembered of them; {@link cortex.gateway.deadly.RequestMark} tells equal requests. Knows
/// neither HTTP nor the fleet.
///
/// Used by: gateway, gateway.serve.
@NullMarked
package cortex.gateway.deadly;

import org.jspecify.annotations.NullMarked;
