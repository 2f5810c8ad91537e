package cortex.relay.pump;

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
    /// @throws EngineException BROKEN, SILENT or CANCELLED
    /// @throws ClientGoneException when the sink says so
    /// @throws InterruptedException when this thread is interrupted while it waits for the engine
    public long run(EngineBody body, Sink sink, Tap tap)
            throws EngineException, InterruptedException {
        byte[] buffer = new byte[BUFFER];
        Duration silence = Duration.ZERO;
        long moved = 0;
        while (true) {
            Duration left = idle.minus(silence);
            Duration slice = left.compareTo(quiet) < 0 ? left : quiet;
            int n = body.poll(buffer, slice);
            if (n < 0) {
                return moved;
            }
            if (n == 0) {
                silence = silence.plus(slice);
                rest(silence);
                continue;
            }
            silence = Duration.ZERO;
            tap.on(buffer, 0, n);
            sink.write(buffer, 0, n);
            moved += n;
        }
    }

    private void rest(Duration silence) throws EngineException {
        if (silence.compareTo(idle) >= 0) {
            throw EngineException.silent(idle);
        }
        onQuiet.run();
    }
}
