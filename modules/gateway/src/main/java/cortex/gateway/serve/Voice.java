package cortex.gateway.serve;

import cortex.core.failure.Failure;

/// What is said to a streaming client apart from the engine's own answer, in its dialect.
interface Voice {
    /// Sends a sign of life.
    void alive();

    /// Whether a sign of life may come between the answer's events.
    boolean aliveAnytime();

    /// Ends the answer with an error event.
    void failed(Failure failure);
}
