package cortex.gateway.http;

/// Answers everything below `/admin/`, and sees to it who may.
@FunctionalInterface
public interface Admin {
    /// Answers one request; `path` begins with `/admin/`.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with it
    void serve(RequestScope scope, String path);
}
