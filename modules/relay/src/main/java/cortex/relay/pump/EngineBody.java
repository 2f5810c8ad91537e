package cortex.relay.pump;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/// The body of an engine's response as it comes. Read by one thread; closed by any.
public final class EngineBody extends InputStream {
    private final InputStream origin;

    EngineBody(InputStream origin) {
        this.origin = origin;
    }

    /// Waits up to `atMost` for bytes: how many were put into `into` from `offset` on, 0 when none
    /// came, -1 at the end.
    ///
    /// @throws IOException when the engine broke off or the body was closed
    public int read(byte[] into, int offset, Duration atMost) throws IOException {
        return origin.read(into, offset, into.length - offset);
    }

    @Override
    public int read() throws IOException {
        return origin.read();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        return origin.read(into, offset, length);
    }

    @Override
    public void close() throws IOException {
        origin.close();
    }
}
