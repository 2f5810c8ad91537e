/// The API's edge: which path and method mean what, keys, request ids, bodies within their limits,
/// and the one place that turns a throwable into an answer. Owns the budget of buffered bodies. Its
/// inference endpoints are handed in.
///
/// Used by: gateway, gateway.admin, gateway.serve, gateway.timeline.
@NullMarked
package cortex.gateway.http;

import org.jspecify.annotations.NullMarked;
