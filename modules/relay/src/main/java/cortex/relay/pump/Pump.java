package cortex.relay.pump;

import java.io.IOException;
import java.time.Duration;

/// Moves the bytes of an engine's response to a client, as they come and unchanged.
///
/// @param idle how long the engine may be silent; there is no limit on the whole
/// @param quiet after how long a silence `onQuiet` runs, and again after as long
/// @param onQuiet what to do in a silence, as sending a keepalive; runs on the pumping thread
public record Pump(Duration idle, Duration quiet, Runnable onQuiet) {
    private static final int BUFFER = 8 << 10;

    /// A pump that only waits in a silence.
    public static Pump of(Duration idle) {
        return new Pump(idle, idle, () -> {});
    }

    /// Runs to the end of the body and returns the number of bytes moved. Each read is one write to
    /// the sink, so a sink may send status and headers with its first write.
    ///
    /// @throws EngineException when the engine broke off or fell silent, or the exchange was
    ///   cancelled
    /// @throws ClientGoneException when the sink says so
    public long run(EngineBody body, Sink sink, Tap tap) throws EngineException {
        byte[] buffer = new byte[BUFFER];
        long moved = 0;
        try {
            for (int n; (n = body.read(buffer, 0, quiet)) >= 0; moved += n) {
                tap.on(buffer, 0, n);
                sink.write(buffer, 0, n);
            }
            return moved;
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.BROKEN, "the engine broke off", e);
        }
    }
}
