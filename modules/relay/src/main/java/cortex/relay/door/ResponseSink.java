package cortex.relay.door;

import cortex.relay.pump.ClientGoneException;
import cortex.relay.pump.Sink;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/// A client's response as a sink: status and headers, set before, go out with the first write, and
/// every write is flushed. Until the first write the response can still become something else.
public final class ResponseSink implements Sink {
    private final ServerResponse response;
    private @Nullable OutputStream out;

    /// Writes to `response`, whose status and headers are the caller's to set.
    public ResponseSink(ServerResponse response) {
        this.response = response;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (length == 0) {
            return;
        }
        try {
            if (out == null) {
                out = response.outputStream();
            }
            out.write(bytes, offset, length);
            out.flush();
        } catch (IOException | UncheckedIOException e) {
            throw new ClientGoneException(e);
        }
    }

    /// Whether anything went out.
    public boolean committed() {
        return out != null;
    }

    /// Ends the response cleanly.
    public void end() {
        try {
            (out == null ? response.outputStream() : out).close();
        } catch (IOException | UncheckedIOException e) {
            throw new ClientGoneException(e);
        }
    }
}
