/// What happened to each request and when: noted by the request's own thread as it goes, told once
/// at its end to the meters and the log, and kept for a while so that it can be looked at. Owns the
/// memory of the requests that ended last. Holds no prompt, no answer and no key.
///
/// Used by: gateway, gateway.admin, gateway.serve.
@NullMarked
package cortex.gateway.timeline;

import org.jspecify.annotations.NullMarked;
