package cortex.relay.door;

import io.helidon.http.media.ReadableEntity;
import io.helidon.webserver.http.ServerRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A client's request body for an engine: whole when it is small, so that it can be sent twice;
/// else as it comes, so that it costs no memory.
///
/// @param upload the body that is still coming, or null when it was read in full
record RequestBody(HttpRequest.BodyPublisher publisher, @Nullable Upload upload) {
    private static final int WHOLE = 1 << 20;

    /// Reads a small body in full, or the beginning of a large one.
    static RequestBody of(ServerRequest request) {
        ReadableEntity content = request.content();
        if (!content.hasEntity()) {
            return new RequestBody(HttpRequest.BodyPublishers.noBody(), null);
        }
        long length = request.headers().contentLength().orElse(-1);
        InputStream in = content.inputStream();
        if (length >= 0 && length <= WHOLE) {
            return ofKnownLength(in, (int) length);
        }
        if (length > WHOLE) {
            Upload upload = new Upload(in);
            return new RequestBody(
                    HttpRequest.BodyPublishers.fromPublisher(new UploadPublisher(upload), length),
                    upload);
        }
        return ofUnknownLength(in);
    }

    private static RequestBody ofKnownLength(InputStream in, int length) {
        try {
            byte[] bytes = new byte[length];
            int read = in.readNBytes(bytes, 0, length);
            return whole(read == length ? bytes : Arrays.copyOf(bytes, read));
        } catch (IOException e) {
            throw new UncheckedIOException("reading a request's body", e);
        }
    }

    private static RequestBody ofUnknownLength(InputStream in) {
        try {
            byte[] beginning = in.readNBytes(WHOLE + 1);
            if (beginning.length <= WHOLE) {
                return whole(beginning);
            }
            Upload upload =
                    new Upload(new SequenceInputStream(new ByteArrayInputStream(beginning), in));
            return new RequestBody(
                    HttpRequest.BodyPublishers.fromPublisher(new UploadPublisher(upload)), upload);
        } catch (IOException e) {
            throw new UncheckedIOException("reading a request's body", e);
        }
    }

    private static RequestBody whole(byte[] bytes) {
        return new RequestBody(HttpRequest.BodyPublishers.ofByteArray(bytes), null);
    }
}
