package cortex.neuron.harness;

import cortex.core.node.FailureCause;

/// How an engine ended, or a load failed: `reason` in a sentence of ours, `cause` as far as the
/// engine's own output tells it, without control characters and secrets.
public record EngineEnd(String reason, FailureCause cause) {
    /// One that no engine has said anything of.
    public EngineEnd(String reason) {
        this(reason, FailureCause.UNKNOWN);
    }

    /// Both in one line, for logs.
    public String told() {
        return cause.line() == null ? reason : reason + ": " + cause.line();
    }
}
