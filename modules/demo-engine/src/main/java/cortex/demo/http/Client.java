package cortex.demo.http;

import java.time.Duration;

/// The far end of a connection while its request is being served.
public interface Client {
    /// Whether the client has closed its side; a half-close counts, as in llama-server.
    boolean gone();

    /// Waits up to `limit` for the client to leave; true when it has left.
    ///
    /// @throws InterruptedException when the engine is stopping
    boolean awaitGone(Duration limit) throws InterruptedException;

    /// How long ago the client left; zero while it is there.
    Duration goneFor();

    /// Runs `action` once when the client leaves, at once when it has left already; replaces an
    /// earlier action.
    void onGone(Runnable action);
}
