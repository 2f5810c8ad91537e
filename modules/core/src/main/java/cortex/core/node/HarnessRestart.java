package cortex.core.node;

import org.jspecify.annotations.Nullable;

/// `POST /harnesses/{name}/restart`. With `onlyIfIdle` the neuron answers 409 while requests are in
/// flight at any of the harness's models; without it they may end first, for as long as the
/// neuron's drain time.
public record HarnessRestart(boolean onlyIfIdle) {
    /// The answer: the harness's process was restarted, or, where each model has a process of its
    /// own, nothing of those that have gone was left (`note` tells what was ended). `cycles` is how
    /// many there had been.
    public record Answer(String status, int cycles, double tookSecs, @Nullable String note) {}
}
