package cortex.demo.http;

import java.io.IOException;

/// Answers one request; called on the connection's own virtual thread.
@FunctionalInterface
public interface Handler {
    /// Writes exactly one answer to `response`, or cuts it.
    ///
    /// @throws IOException when the connection broke while writing
    /// @throws InterruptedException when the engine is stopping
    void handle(Request request, Response response) throws IOException, InterruptedException;
}
