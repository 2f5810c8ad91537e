package cortex.demo;

import cortex.demo.work.LoadException;
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

    /// Waits until the port is not listened on any more although nobody closed it; says why.
    String awaitBroken() throws InterruptedException;

    /// Drops everything and gives the device memory back, or leaves it taken as configured.
    @Override
    void close() throws IOException;
}
