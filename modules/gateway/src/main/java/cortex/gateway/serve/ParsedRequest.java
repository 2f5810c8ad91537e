package cortex.gateway.serve;

import cortex.core.dialect.LoneSurrogates;
import cortex.core.dialect.RequestLimits;
import cortex.core.dialect.RequestScan;
import java.util.function.Function;

/// A request's body as it came, less half surrogate pairs, what it asks for, and what equal
/// requests have in common.
final class ParsedRequest {
    private final byte[] body;
    private final RequestScan scan;
    private final String mark;

    private ParsedRequest(byte[] body, RequestScan scan, String mark) {
        this.body = body;
        this.scan = scan;
        this.mark = mark;
    }

    /// Reads a body that keeps to `limits`, and has `marks` mark it; works over all of it.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with it
    static ParsedRequest of(byte[] bytes, RequestLimits limits, Function<byte[], String> marks) {
        byte[] body = LoneSurrogates.replaced(bytes);
        return new ParsedRequest(body, RequestScan.of(body, limits), marks.apply(body));
    }

    /// The body.
    byte[] body() {
        return body;
    }

    /// What it asks for.
    RequestScan scan() {
        return scan;
    }

    /// What equal requests have in common.
    String mark() {
        return mark;
    }
}
