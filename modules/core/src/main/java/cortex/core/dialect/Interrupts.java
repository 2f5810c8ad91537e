package cortex.core.dialect;

import java.util.concurrent.CancellationException;

/// Ends work on a request that nobody waits for any more.
public final class Interrupts {
    private Interrupts() {}

    /// Does nothing while the thread is not interrupted. Cheap enough for each turn of a loop over
    /// turns, tools or parts.
    ///
    /// @throws CancellationException when it is; its status as interrupted stays
    public static void check() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("the work on the request was cancelled");
        }
    }
}
