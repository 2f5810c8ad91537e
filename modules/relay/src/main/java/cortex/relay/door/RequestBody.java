package cortex.relay.door;

import cortex.relay.pump.EngineClients;
import io.helidon.http.media.ReadableEntity;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import org.jspecify.annotations.Nullable;

/// A client's request body for an engine: whole when it is small, so that it can be sent twice;
/// else as it comes, so that it costs no memory. The engine hears nothing of a body before its
/// beginning is here. To be closed when the exchange is over.
///
/// @param upload the body that is still coming, or null when it was read in full
/// @param held what is held of it, or null when there is none
record RequestBody(
        HttpRequest.BodyPublisher publisher,
        @Nullable Upload upload,
        HeldBodies.@Nullable Held held)
        implements AutoCloseable {
    /// Reads a small body in full, or the beginning of a large one.
    static RequestBody of(ServerRequest request, HeldBodies room) {
        ReadableEntity content = request.content();
        if (!content.hasEntity()) {
            return new RequestBody(BodyPublishers.noBody(), null, null);
        }
        HeldBodies.Held held = room.open();
        boolean begun = false;
        try {
            long length = request.headers().contentLength().orElse(-1);
            RequestBody body = of(content.inputStream(), length, held);
            begun = true;
            return body;
        } catch (IOException e) {
            throw new UncheckedIOException("reading a request's body", e);
        } finally {
            if (!begun) {
                held.close();
            }
        }
    }

    private static RequestBody of(InputStream in, long length, HeldBodies.Held held)
            throws IOException {
        held.read(in, length);
        if (held.isWhole()) {
            return new RequestBody(EngineClients.body(held.bytes()), null, held);
        }
        Upload upload = new Upload(new SequenceInputStream(held.once(), in));
        UploadPublisher publisher = new UploadPublisher(upload);
        return new RequestBody(
                length < 0
                        ? BodyPublishers.fromPublisher(publisher)
                        : BodyPublishers.fromPublisher(publisher, length),
                upload,
                held);
    }

    @Override
    public void close() {
        if (held != null) {
            held.close();
        }
    }
}
