/// The spine: one request from its body to its end, read top to bottom in {@link
/// cortex.gateway.serve.InferenceHandler}; its tries are in {@link cortex.gateway.serve.Attempts}.
/// Owns nothing that outlives a request but the token counts it remembers. Asks the fleet for
/// leases, proxy for tries, http for rendering.
///
/// Used by: gateway.
@NullMarked
package cortex.gateway.serve;

import org.jspecify.annotations.NullMarked;
