package cortex.neuron.harness;

import java.io.Serial;

/// An engine did not do what it was asked. The message is for the operator and holds what the
/// engine itself said of it, without control characters and secrets.
public final class EngineFailedException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private final transient EngineEnd end;

    /// `reason` is a sentence of ours; no engine said anything.
    public EngineFailedException(String reason) {
        this(new EngineEnd(reason));
    }

    /// How it failed.
    public EngineFailedException(EngineEnd end) {
        super(end.told());
        this.end = end;
    }

    /// How it failed.
    public EngineEnd end() {
        return end;
    }
}
