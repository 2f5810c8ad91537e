package cortex.neuron.replica;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// One request's way through the relay door to a loaded replica; counts as in flight until closed,
/// also while it waits to hear of the engine's end. Closing more than once does nothing.
public final class Entry implements AutoCloseable {
    private final URI engineUrl;
    private final @Nullable String engineKey;
    private final Runnable heard;
    private final Runnable leave;
    private final Watch watch;
    private final AtomicBoolean closed = new AtomicBoolean();

    Entry(URI engineUrl, @Nullable String engineKey, Runnable heard, Runnable leave, Watch watch) {
        this.engineUrl = engineUrl;
        this.engineKey = engineKey;
        this.heard = heard;
        this.leave = leave;
        this.watch = watch;
    }

    /// How an engine ended that was not told to, with what it said last, and how many requests were
    /// in it then.
    public record End(String reason, int requests) {}

    /// Waits for the watcher's verdict on an engine.
    interface Watch {
        @Nullable End await(Duration atMost) throws InterruptedException;
    }

    /// Waits until it is known that the engine's process has ended by itself; null when that is not
    /// so after `atMost`, or it was told to.
    public @Nullable End awaitEnd(Duration atMost) throws InterruptedException {
        return watch.await(atMost);
    }

    /// Notes that the engine has sent something.
    public void heard() {
        heard.run();
    }

    /// The engine's own base URL, without a slash at its end.
    public URI engineUrl() {
        return engineUrl;
    }

    /// The key that the engine asks for; null when it asks for none.
    public @Nullable String engineKey() {
        return engineKey;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            leave.run();
        }
    }
}
