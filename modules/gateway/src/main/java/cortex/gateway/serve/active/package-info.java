/// The requests that are being served now, and how each is ended from outside its own thread. Owns
/// the list of them and the gate that shuts when the program stops. Knows nothing of what a request
/// is about.
///
/// Used by: gateway, gateway.serve.
@NullMarked
package cortex.gateway.serve.active;

import org.jspecify.annotations.NullMarked;
