package cortex.neuron.harness;

import java.io.Serial;

/// An engine did not do what it was asked. The message is for the operator and holds the engine's
/// last words, without control characters and secrets.
public final class EngineFailedException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    /// `reason` is a sentence, perhaps followed by lines of the engine's output.
    public EngineFailedException(String reason) {
        super(reason);
    }
}
