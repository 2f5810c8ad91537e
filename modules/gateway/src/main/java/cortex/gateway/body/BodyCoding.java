package cortex.gateway.body;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
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

    /// How much is decoded without a pause, whatever it yields.
    private static final int SLICE = 64 << 10;

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
                                    "Unsupported Content-Encoding. Use gzip, deflate or none.",
                                    "request_body_encoding_unsupported"));
        };
    }

    /// The body that is in `raw`, which is left open. What reads it finds out whether it is encoded
    /// so, and whether it has at most `most` bytes as it comes: that decoding yields little of them
    /// does not make reading them cheap.
    InputStream decoded(InputStream raw, int most) {
        return switch (this) {
            case IDENTITY -> raw;
            case GZIP -> new GzipInput(new Source(raw, most));
            case DEFLATE -> new InflaterInputStream(new Source(raw, most));
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

    /// The request's own stream, counted.
    private static final class Source extends FilterInputStream {
        private final int most;
        private int untilPause = SLICE;
        private long came;

        Source(InputStream raw, int most) {
            super(raw);
            this.most = most;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int n = super.read(into, offset, length);
            came += Math.max(0, n);
            if (came > most) {
                throw new FailureException(new Failure.TooLarge(most));
            }
            untilPause -= Math.max(0, n);
            if (untilPause <= 0) {
                untilPause = SLICE;
                Pause.now();
            }
            return n;
        }

        @Override
        public void close() {
            // The server closes it.
        }
    }
}
