/// Requests in a dialect that is not the engines': one machine for all of them, and for each
/// dialect what it has of its own. Owns one request's translation. Touches neither sockets nor the
/// fleet.
///
/// Used by: gateway.serve.
@NullMarked
package cortex.gateway.serve.translate;

import org.jspecify.annotations.NullMarked;
