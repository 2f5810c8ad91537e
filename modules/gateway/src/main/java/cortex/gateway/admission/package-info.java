/// Who asks, and whether one more request may come in: the limits on what is under way and on what
/// waits, and the order in which those that wait are let in. Owns the places. Knows neither the
/// fleet's state nor HTTP's answers.
///
/// Used by: gateway, gateway.admin, gateway.serve.
@NullMarked
package cortex.gateway.admission;

import org.jspecify.annotations.NullMarked;
