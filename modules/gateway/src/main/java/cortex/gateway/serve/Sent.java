package cortex.gateway.serve;

import cortex.core.dialect.LoneSurrogates;
import cortex.core.dialect.RequestScan;
import java.util.function.Function;

/// A request's body as it came, less half surrogate pairs, what it asks for, and what equal
/// requests have in common.
record Sent(byte[] body, RequestScan scan, String mark) {
    /// Reads a body, and has `marks` mark it; works over all of it.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with it
    static Sent of(byte[] bytes, Function<byte[], String> marks) {
        byte[] body = LoneSurrogates.replaced(bytes);
        return new Sent(body, RequestScan.of(body), marks.apply(body));
    }
}
