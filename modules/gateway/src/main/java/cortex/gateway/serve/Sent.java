package cortex.gateway.serve;

import cortex.core.dialect.LoneSurrogates;
import cortex.core.dialect.RequestScan;

/// A request's body as it came, less half surrogate pairs, and what it asks for.
record Sent(byte[] body, RequestScan scan) {
    /// Reads a body; works over all of it.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with it
    static Sent of(byte[] bytes) {
        byte[] body = LoneSurrogates.replaced(bytes);
        return new Sent(body, RequestScan.of(body));
    }
}
