package cortex.gateway.http;

/// Answers requests that go to an engine. Answers, reports and logs every outcome itself.
@FunctionalInterface
public interface Inference {
    /// Answers one request; returns when the answer is complete.
    ///
    /// @throws io.helidon.webserver.CloseConnectionException when the connection is to be cut
    ///   without a clean end
    void serve(RequestScope scope, Endpoint endpoint);
}
