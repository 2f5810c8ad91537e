package cortex.gateway.serve.translate;

import cortex.core.failure.Failure;

/// Sends what a streaming client gets beside the engine's own answer, in its dialect: signs of life
/// and failures.
public interface SideEvents {
    /// Sends a sign of life.
    void alive();

    /// How many times the keepalive may pass in silence after a sign of life before the next one.
    int spacing();

    /// Whether a sign of life may come between the answer's events.
    boolean aliveAnytime();

    /// Ends the answer with an event that tells of the failure; whether that event closes the
    /// answer by itself, so that the body may end well. Otherwise it must not.
    boolean failed(Failure failure);

    /// Whether clients understand this failure only as an event, even if nothing was sent yet.
    boolean onlyAsEvent(Failure failure);
}
