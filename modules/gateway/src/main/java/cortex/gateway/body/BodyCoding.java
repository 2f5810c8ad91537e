package cortex.gateway.body;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/// How a request's body is encoded. Decoding yields bytes as they are asked for and holds no more
/// than a small window, so that whoever reads bounds what comes out.
enum BodyCoding {
    /// Plain.
    IDENTITY,
    /// gzip, perhaps in several members.
    GZIP,
    /// zlib.
    DEFLATE;

    private static final int WINDOW = 16 << 10;

    /// What the request's headers say.
    ///
    /// @throws FailureException with a code that makes Anthropic's libraries send it again plain,
    ///   for any other encoding
    static BodyCoding of(Headers headers) {
        String named =
                headers.first(HeaderNames.CONTENT_ENCODING)
                        .orElse("identity")
                        .strip()
                        .toLowerCase(Locale.ROOT);
        return switch (named) {
            case "identity", "" -> IDENTITY;
            case "gzip", "x-gzip" -> GZIP;
            case "deflate" -> DEFLATE;
            default ->
                    throw new FailureException(
                            new Failure.Unsupported(
                                    400,
                                    "Request bodies are taken plain, or with Content-Encoding gzip"
                                            + " or deflate.",
                                    "request_body_encoding_unsupported"));
        };
    }

    /// The body that is in `raw`, which is left open.
    ///
    /// @throws IOException when it is not encoded so, at once or in reading
    InputStream decoded(InputStream raw) throws IOException {
        return switch (this) {
            case IDENTITY -> raw;
            case GZIP -> new GZIPInputStream(new Source(raw), WINDOW);
            case DEFLATE -> new InflaterInputStream(new Source(raw));
        };
    }

    /// What is wrong with a body that cannot be decoded.
    FailureException invalid(IOException cause) {
        String name = name().toLowerCase(Locale.ROOT);
        return new FailureException(
                new Failure.Unsupported(
                        400,
                        "The request body is not valid " + name + ".",
                        "request_body_encoding_invalid"),
                cause);
    }

    /// The request's own stream. The JDK asks whether more is there to tell whether another gzip
    /// member follows; over a network only a read can tell.
    private static final class Source extends FilterInputStream {
        Source(InputStream raw) {
            super(raw);
        }

        @Override
        public int available() {
            return 1;
        }

        @Override
        public void close() {
            // The server closes it.
        }
    }
}
