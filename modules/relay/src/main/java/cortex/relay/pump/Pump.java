package cortex.relay.pump;

import java.time.Duration;

/// Moves the bytes of an engine's response to a client, as they come and unchanged.
public final class Pump {
    private static final int BUFFER = 8 << 10;

    private Pump() {}

    /// Runs to the end of the body. Each read is one write to the sink, so a sink may send status
    /// and headers with its first write.
    ///
    /// @param idle how long the engine may be silent; there is no limit on the whole
    /// @throws EngineException BROKEN, SILENT or CANCELLED
    /// @throws ClientGoneException when the sink says so
    /// @throws InterruptedException when this thread is interrupted while it waits for the engine
    public static void run(EngineBody body, Duration idle, Sink sink)
            throws EngineException, InterruptedException {
        byte[] buffer = new byte[BUFFER];
        while (true) {
            int n = body.poll(buffer, idle);
            if (n < 0) {
                return;
            }
            if (n == 0) {
                throw EngineException.silent(idle);
            }
            sink.write(buffer, 0, n);
        }
    }
}
