package cortex.demo;

import java.io.IOException;

/// One engine from start to end, in the manner of the imitated one.
interface Engine extends AutoCloseable {
    /// Loads the model and opens the routes; blocks until done.
    ///
    /// @throws LoadException when the model cannot be loaded
    /// @throws IOException when the port cannot be bound
    void load() throws LoadException, IOException, InterruptedException;

    /// The port bound, or 0 when none is.
    int port();

    /// Whether generations are running.
    boolean busy();

    /// Waits until the port is not listened on any more although nobody closed it; says why.
    String awaitBroken() throws InterruptedException;

    /// Refuses new connections.
    void stopListening() throws IOException;

    /// Drops everything and gives the device memory back, or leaves it taken as configured.
    @Override
    void close() throws IOException;
}
