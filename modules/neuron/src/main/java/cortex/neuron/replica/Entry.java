package cortex.neuron.replica;

import java.net.URI;
import java.util.concurrent.atomic.AtomicBoolean;

/// One request's way through the relay door to a loaded replica; counts as in flight until closed.
/// Closing more than once does nothing.
public final class Entry implements AutoCloseable {
    private final URI engineUrl;
    private final Runnable leave;
    private final AtomicBoolean closed = new AtomicBoolean();

    Entry(URI engineUrl, Runnable leave) {
        this.engineUrl = engineUrl;
        this.leave = leave;
    }

    /// The engine's own base URL, without a slash at its end.
    public URI engineUrl() {
        return engineUrl;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            leave.run();
        }
    }
}
