package cortex.core.node;

import org.jspecify.annotations.Nullable;

/// How one harness of a node is: `cycles` are the models that were loaded in it and have gone again
/// since its process started (or since its last restart, where each model has a process of its
/// own); `restartable` is whether it can be restarted; `inFlight` are the requests at all its
/// models; `unavailable` says why no load can be asked of it now, null when one can.
public record HarnessHealth(
        String name, int cycles, boolean restartable, int inFlight, @Nullable String unavailable) {
    /// `POST /harnesses/{name}/restart`. With `onlyIfIdle` the neuron answers 409 while requests
    /// are in flight at any of the harness's models; without it they may end first, for as long as
    /// the neuron's drain time.
    public record Restart(boolean onlyIfIdle) {}

    /// The answer: `restarted`, after so many cycles. The harness's process is a new one, or, where
    /// each model has a process of its own, nothing is left of those that have gone (`note` tells
    /// what was ended).
    public record Restarted(String status, int cycles, double tookSecs, @Nullable String note) {}
}
