package cortex.gateway.http;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.failure.Limit;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipException;

/// Reads request bodies into memory, decoded, each within a limit and all together within another.
/// A body counts with its decoded size, from before its bytes are read until it is closed.
public final class BodyBudget {
    /// The grain of the budget, bytes.
    private static final int UNIT = 1 << 10;

    private static final int FIRST_CHUNK = 16 << 10;

    /// How many times its encoded size a JSON body is about.
    private static final int DEFLATION = 4;

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final int maxBody;
    private final int units;
    private final Semaphore free;

    /// `maxBody` bytes for one, `maxBuffered` bytes for all.
    public BodyBudget(int maxBody, long maxBuffered) {
        this.maxBody = maxBody;
        this.units = Math.clamp(maxBuffered / UNIT, 1, Integer.MAX_VALUE);
        this.free = new Semaphore(units);
    }

    /// Reads the whole body of a request.
    ///
    /// @throws FailureException TooLarge, Unsupported for a body that cannot be decoded, or
    ///   Overloaded when no room for it came free in time
    /// @throws IOException when the client breaks off
    public Body read(ServerRequest request) throws IOException, InterruptedException {
        ServerRequestHeaders headers = request.headers();
        BodyCoding coding = BodyCoding.of(headers);
        OptionalLong length = headers.contentLength();
        if (length.isPresent() && length.getAsLong() > maxBody) {
            throw new FailureException(new Failure.TooLarge(maxBody));
        }
        Body body = new Body(coding);
        if (!request.content().hasEntity()) {
            return body;
        }
        try {
            body.fill(request.content().inputStream(), (int) length.orElse(FIRST_CHUNK));
            return body;
        } catch (IOException | InterruptedException | RuntimeException e) {
            body.close();
            throw e;
        }
    }

    /// How many bytes could be buffered now.
    public long freeBytes() {
        return (long) free.availablePermits() * UNIT;
    }

    /// One request's body in memory.
    public final class Body implements AutoCloseable {
        private final BodyCoding coding;
        private byte[] bytes = {};
        private int held;

        private Body(BodyCoding coding) {
            this.coding = coding;
        }

        /// The body. The array belongs to this request; nobody changes it.
        public byte[] bytes() {
            return bytes;
        }

        private void fill(InputStream raw, int sent) throws IOException, InterruptedException {
            if (coding == BodyCoding.IDENTITY) {
                copy(raw, sent);
                return;
            }
            try (InputStream in = coding.decoded(raw)) {
                copy(in, (int) Math.min(maxBody, Math.max(FIRST_CHUNK, (long) sent * DEFLATION)));
            } catch (ZipException | EOFException e) {
                throw coding.invalid(e);
            }
        }

        private void copy(InputStream in, int expected) throws IOException, InterruptedException {
            hold(expected);
            byte[] buffer = new byte[expected];
            int filled = 0;
            while (true) {
                if (filled == buffer.length) {
                    int more = in.read();
                    if (more < 0) {
                        break;
                    }
                    if (filled == maxBody) {
                        throw new FailureException(
                                new Failure.TooLarge(maxBody, coding != BodyCoding.IDENTITY));
                    }
                    int larger = (int) Math.min(maxBody, Math.max(64L, buffer.length * 2L));
                    hold(larger);
                    buffer = Arrays.copyOf(buffer, larger);
                    buffer[filled++] = (byte) more;
                }
                int n = in.read(buffer, filled, buffer.length - filled);
                if (n < 0) {
                    break;
                }
                filled += n;
            }
            bytes = filled == buffer.length ? buffer : Arrays.copyOf(buffer, filled);
        }

        private void hold(int size) throws InterruptedException {
            int wanted = Math.min(units, (size + UNIT - 1) / UNIT);
            int more = wanted - held;
            if (more > 0) {
                if (!free.tryAcquire(more, PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
                    throw new FailureException(
                            new Failure.Overloaded(
                                    "Too many large requests are being handled at once. Try again"
                                            + " in 2 s.",
                                    Duration.ofSeconds(2),
                                    Limit.BODIES));
                }
                held = wanted;
            }
        }

        /// Gives the room back; the bytes must not be used any more. Again does nothing.
        @Override
        public void close() {
            free.release(held);
            held = 0;
        }
    }
}
