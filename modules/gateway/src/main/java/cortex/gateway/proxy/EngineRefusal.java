package cortex.gateway.proxy;

import cortex.core.failure.Failure;
import java.io.Serial;

/// An engine that is there and answered with a status of failure, before anything of an answer.
public final class EngineRefusal extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    /// One that means `failure`.
    public EngineRefusal(Failure failure) {
        super(failure.told(), null, false, false);
        this.failure = failure;
    }

    /// What to answer if no other try follows.
    public Failure failure() {
        return failure;
    }
}
