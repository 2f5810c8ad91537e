/// Images that clients give by web address, fetched by the gateway itself so that no engine opens
/// an address: public hosts only, within limits. Owns no state. Knows nothing of models or the
/// fleet.
///
/// Used by: gateway, gateway.serve.
@NullMarked
package cortex.gateway.media;

import org.jspecify.annotations.NullMarked;
