package cortex.gateway.body;

import static cortex.gateway.body.BodyCoding.IDENTITY;
import static cortex.gateway.body.MemoryBudget.SMALL_BODY;

import cortex.core.dialect.form.FormBoundary;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.zip.ZipException;

/// Reads request bodies into memory, decoded, each within a limit and all within the memory budget.
/// Room is taken as bytes come, whatever was announced: from when a part of the body is there to be
/// read until it is closed.
public final class BodyBudget {
    private static final int FIRST = 4 << 10;

    /// The part of what came that the room is made larger by each time. Who sends slowly must not
    /// hold much more than was sent.
    private static final int GROWTH_PART = 2;

    /// How many times its encoded size a JSON body is about.
    private static final int DEFLATION = 4;

    /// How much may be decoded without a pause: decoding blocks nowhere, and others' virtual
    /// threads wait meanwhile.
    private static final int SLICE = 64 << 10;

    private final int maxBody;
    private final MemoryBudget memory;

    /// `maxBody` bytes for one.
    public BodyBudget(int maxBody, MemoryBudget memory) {
        this.maxBody = maxBody;
        this.memory = memory;
    }

    /// Reads the whole body of a request by `client`.
    ///
    /// @throws FailureException TooLarge, Unsupported for a body that cannot be decoded, or
    ///   Overloaded when no room for it came free in time
    /// @throws IOException when the client breaks off
    public Body read(ServerRequest request, String client)
            throws IOException, InterruptedException {
        ServerRequestHeaders headers = request.headers();
        BodyCoding coding = BodyCoding.of(headers);
        OptionalLong length = headers.contentLength();
        if (length.isPresent() && length.getAsLong() > maxBody) {
            throw new FailureException(new Failure.TooLarge(maxBody));
        }
        InputStream sent =
                request.content().hasEntity()
                        ? request.content().inputStream()
                        : InputStream.nullInputStream();
        return read(sent, coding, length, client);
    }

    /// Reads the beginning of a form by `client`, so far that the model is known.
    ///
    /// @throws FailureException Unsupported for what is no form, TooLarge, BadRequest for a form
    ///   without a model, or Overloaded when no room for it came free in time
    /// @throws IOException when the client breaks off
    public FormBody form(ServerRequest request, String client, FormBody.Limits limits)
            throws IOException, InterruptedException {
        ServerRequestHeaders headers = request.headers();
        FormBoundary boundary = FormBoundary.of(headers.first(HeaderNames.CONTENT_TYPE).orElse(""));
        if (boundary == null || BodyCoding.of(headers) != IDENTITY) {
            throw new FailureException(
                    new Failure.Unsupported(
                            415,
                            "Send a form, not compressed, with the header 'Content-Type:"
                                    + " multipart/form-data; boundary=…' and the parts 'model' and"
                                    + " 'file'.",
                            "content_type_unsupported"));
        }
        OptionalLong length = headers.contentLength();
        if (length.isPresent() && length.getAsLong() > limits.longest()) {
            throw new FailureException(new Failure.TooLarge(limits.longest()));
        }
        InputStream sent =
                request.content().hasEntity()
                        ? request.content().inputStream()
                        : InputStream.nullInputStream();
        return form(sent, boundary, length, memory.open(client), limits);
    }

    private FormBody form(
            InputStream sent,
            FormBoundary boundary,
            OptionalLong length,
            MemoryBudget.Account account,
            FormBody.Limits limits)
            throws IOException, InterruptedException {
        boolean read = false;
        try {
            FormBody form = new FormReader(account, limits, maxBody).read(sent, boundary, length);
            read = true;
            return form;
        } finally {
            if (!read) {
                account.close();
            }
        }
    }

    Body read(InputStream sent, BodyCoding coding, OptionalLong length, String client)
            throws IOException, InterruptedException {
        Body body = new Body(coding, memory.open(client));
        boolean read = false;
        try {
            body.fill(sent, length);
            read = true;
            return body;
        } finally {
            if (!read) {
                body.close();
            }
        }
    }

    /// One request's body in memory.
    public final class Body implements AutoCloseable {
        private final BodyCoding coding;
        private final MemoryBudget.Account account;
        private byte[] bytes = {};
        private boolean large;

        private Body(BodyCoding coding, MemoryBudget.Account account) {
            this.coding = coding;
            this.account = account;
        }

        /// The body. The array belongs to this request; nobody changes it.
        public byte[] bytes() {
            return bytes;
        }

        /// Lets go of the body, which something else stands for by now. Its room stays taken.
        public void drop() {
            bytes = new byte[0];
        }

        /// What the request takes of the memory: its body to begin with.
        public MemoryBudget.Account account() {
            return account;
        }

        private void fill(InputStream raw, OptionalLong announced)
                throws IOException, InterruptedException {
            large =
                    announced.orElse(0)
                            > (coding == IDENTITY ? SMALL_BODY : SMALL_BODY / DEFLATION);
            if (coding == IDENTITY) {
                copy(raw, (int) announced.orElse(maxBody));
                return;
            }
            try (InputStream in = coding.decoded(raw, maxBody)) {
                copy(in, maxBody);
            } catch (ZipException | EOFException e) {
                throw coding.invalid(e);
            }
        }

        /// Copies at most `ceiling` bytes; more than that are too many.
        private void copy(InputStream in, int ceiling) throws IOException, InterruptedException {
            byte[] buffer = grown(new byte[0], Math.min(FIRST, ceiling));
            int filled = 0;
            int untilPause = SLICE;
            while (true) {
                if (filled == buffer.length) {
                    int more = in.read();
                    if (more < 0) {
                        break;
                    }
                    if (filled == ceiling) {
                        throw new FailureException(
                                new Failure.TooLarge(maxBody, coding != IDENTITY));
                    }
                    buffer = grown(buffer, (int) Math.min(ceiling, larger(buffer.length)));
                    buffer[filled++] = (byte) more;
                }
                int n = in.read(buffer, filled, Math.min(SLICE, buffer.length - filled));
                if (n < 0) {
                    break;
                }
                filled += n;
                untilPause -= n;
                if (untilPause <= 0 && coding != IDENTITY) {
                    untilPause = SLICE;
                    Pause.now();
                }
            }
            bytes = filled == buffer.length ? buffer : grown(buffer, filled);
        }

        private static long larger(int length) {
            return length + (long) Math.max(FIRST, length / GROWTH_PART);
        }

        /// A copy of another length. While there are two, both count.
        private byte[] grown(byte[] buffer, int length) throws InterruptedException {
            account.take(length, large || length > SMALL_BODY);
            byte[] copy = Arrays.copyOf(buffer, length);
            account.give(buffer.length);
            return copy;
        }

        /// Gives the room back; the bytes must not be used any more. Again does nothing.
        @Override
        public void close() {
            account.close();
        }
    }
}
