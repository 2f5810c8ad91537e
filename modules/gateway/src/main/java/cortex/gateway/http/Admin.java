package cortex.gateway.http;

/// Answers everything below `/admin/`, for whoever may.
@FunctionalInterface
public interface Admin {
    /// Answers one request of somebody who has the right to it.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with it
    void serve(RequestScope scope, Route.Admin route);
}
