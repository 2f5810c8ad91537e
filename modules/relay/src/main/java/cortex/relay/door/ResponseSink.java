package cortex.relay.door;

import cortex.relay.http.ClientWatch;
import cortex.relay.pump.ClientGoneException;
import cortex.relay.pump.Sink;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/// A client's response as a sink: status and headers go out with the first write, and every write
/// is flushed. Until the first write the response can still become something else.
///
/// Ends the watching of the client before the last byte goes out: a client may send its next
/// request as soon as it has that byte, and what is watched is taken for sent ahead of an answer.
public final class ResponseSink implements Sink {
    private final ServerResponse response;
    private final Runnable head;
    private final ClientWatch watch = ClientWatch.current();
    private @Nullable OutputStream out;

    /// How many bytes of a response of known length are still to be written.
    private long left;

    /// Writes to `response`, on the thread of its request; `head` runs before the first write and
    /// sets status and headers.
    public ResponseSink(ServerResponse response, Runnable head) {
        this.response = response;
        this.head = head;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (length == 0) {
            // To the library an empty chunk is the end of the response.
            return;
        }
        try {
            if (out == null) {
                head.run();
                left = response.headers().contentLength().orElse(Long.MAX_VALUE);
                out = response.outputStream();
            }
            left -= length;
            if (left <= 0) {
                watch.unwatch();
            }
            out.write(bytes, offset, length);
            out.flush();
        } catch (IOException | CloseConnectionException e) {
            throw new ClientGoneException(e);
        }
    }

    /// Whether anything went out: from then on only a broken connection can tell of a failure.
    public boolean isCommitted() {
        return out != null;
    }

    /// Sends a body that is already here in full, as the whole response.
    public void sendWhole(byte[] bytes) {
        watch.unwatch();
        try {
            head.run();
            if (bytes.length == 0) {
                response.send();
            } else {
                response.send(bytes);
            }
        } catch (CloseConnectionException e) {
            throw new ClientGoneException(e);
        }
    }

    /// Ends the response cleanly, also when nothing was written.
    public void end() {
        watch.unwatch();
        try {
            if (out == null) {
                head.run();
                response.send();
            } else {
                out.close();
            }
        } catch (IOException | CloseConnectionException e) {
            throw new ClientGoneException(e);
        }
    }
}
