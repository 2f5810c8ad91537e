package cortex.gateway.proxy;

import cortex.core.failure.Failure;
import cortex.relay.pump.EngineException.Kind;

/// How one try to have a request answered by a replica failed.
public sealed interface FailedTry {
    /// What the client is answered if no other try follows.
    Failure failure();

    /// Nothing was sent: requests like it ended engines on this node.
    record Barred(Failure failure) implements FailedTry {}

    /// The engine was not reached, broke off, fell silent or died.
    record Lost(Kind kind, Failure failure) implements FailedTry {}

    /// The engine could not take the schemas of the request's tools, and there are simpler ones.
    record SchemaRefused(Failure failure) implements FailedTry {}

    /// The engine answered with a status of failure.
    record Refused(Failure failure) implements FailedTry {}

    /// The engine began an answer, and said in it that the request failed; or its answer could not
    /// be passed on.
    record AnswerFailed(Failure failure) implements FailedTry {}
}
