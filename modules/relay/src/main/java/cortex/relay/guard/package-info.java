/// Keeps web pages out: which names a server answers to, which origins' pages may use it, and what
/// a body must call itself. Owns nothing.
///
/// Used by: gateway, gateway.config, neuron.
@NullMarked
package cortex.relay.guard;

import org.jspecify.annotations.NullMarked;
