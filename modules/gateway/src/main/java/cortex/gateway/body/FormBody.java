package cortex.gateway.body;

import cortex.core.dialect.form.FormBoundary;
import cortex.core.dialect.form.FormScanner;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.relay.door.Upload;
import cortex.relay.door.UploadPublisher;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A form of which the beginning is held, at least up to the end of its `model` part; all of it
/// when it is short. The rest goes to the engine as the client sends it, once. For one thread, but
/// for the rest, which the HTTP client reads on a thread of its own.
public final class FormBody implements AutoCloseable {
    /// A form up to this length is held whole, so that it can be sent again.
    static final int SHORT = 64 << 10;

    private final FormBoundary boundary;
    private final MemoryBudget.Account account;
    private final FormScanner scanner;
    private final Limits limits;
    private final byte[] held;
    private final String model;

    /// What is not held, or null when all is.
    private final @Nullable Rest rest;

    private Runnable onRead = () -> {};
    private @Nullable UploadPublisher sending;

    /// The limits on forms.
    ///
    /// @param longest a form's bytes, held or not
    /// @param fields the bytes of a form that are not a file's
    public record Limits(long longest, int fields) {}

    /// What a form's bytes are read by, and the limits on it.
    record Seen(FormScanner scanner, Limits limits) {}

    /// What was read of a form: `held`, all that was seen, and what is still to come, or null when
    /// nothing is.
    FormBody(
            FormBoundary boundary,
            MemoryBudget.Account account,
            Seen seen,
            byte[] held,
            @Nullable Rest rest) {
        this.boundary = boundary;
        this.account = account;
        this.scanner = seen.scanner();
        this.limits = seen.limits();
        this.held = held;
        this.model = scanner.model(held);
        this.rest = rest;
    }

    /// The value of its `model` part.
    public String model() {
        return model;
    }

    /// Lets fields of these names pass beside OpenAI's, and refuses all others, in what is still to
    /// come too. To be said before it is sent.
    ///
    /// @throws FailureException when what is held has another one
    public void allow(Collection<String> names) {
        scanner.allow(names);
        FormReader.check(scanner, limits);
    }

    /// What the form takes of the memory.
    public MemoryBudget.Account account() {
        return account;
    }

    /// Its `Content-Type`.
    public String contentType() {
        return boundary.contentType();
    }

    /// The form as an engine is to get it, with the engine's own name for the model.
    public BodyPublisher publisher(String engineModel) {
        byte[] name = engineModel.getBytes(StandardCharsets.UTF_8);
        int more = name.length - (scanner.modelEnd() - scanner.modelStart());
        if (rest == null) {
            return BodyPublishers.fromPublisher(
                    BodyPublishers.ofInputStream(() -> beginning(name)), held.length + more);
        }
        Upload upload = new Upload(new SequenceInputStream(beginning(name), rest));
        upload.whenRead(onRead);
        UploadPublisher publisher = new UploadPublisher(upload);
        sending = publisher;
        return rest.announced < 0
                ? BodyPublishers.fromPublisher(publisher)
                : BodyPublishers.fromPublisher(publisher, held.length + rest.announced + more);
    }

    private InputStream beginning(byte[] name) {
        int end = scanner.modelEnd();
        return new SequenceInputStream(
                Collections.enumeration(
                        List.of(
                                new ByteArrayInputStream(held, 0, scanner.modelStart()),
                                new ByteArrayInputStream(name),
                                new ByteArrayInputStream(held, end, held.length - end))));
    }

    /// Whether it can be sent: as long as nothing of it has left that is not held.
    public boolean canBeSent() {
        return sending == null || !sending.isBegun();
    }

    /// Whether all that the client sends was read.
    public boolean isRead() {
        return rest == null || (sending != null && sending.upload().isRead());
    }

    /// Runs `then` once all that the client sends was read, at once when it was already.
    public void whenRead(Runnable then) {
        onRead = then;
        if (rest == null) {
            then.run();
        }
    }

    /// Why the client's sending ended before its end, or null when it did not.
    public @Nullable RuntimeException failure() {
        return sending == null ? null : sending.upload().failure();
    }

    /// Gives its room back.
    @Override
    public void close() {
        account.close();
    }

    /// The part of a form that is not held. What the engine is not to get ends the form: a second
    /// `model` part, which would be the engine's to choose from, and a field that may not pass.
    static final class Rest extends FilterInputStream {
        private final FormScanner scanner;
        private final Limits limits;
        private final long announced;
        private long left;
        private long passed;

        /// `announced` bytes are still to come, or an unknown number (-1), after `before` bytes
        /// that `scanner` has seen.
        Rest(InputStream in, Seen seen, long before, long announced) {
            super(in);
            this.scanner = seen.scanner();
            this.limits = seen.limits();
            this.announced = announced;
            this.left = limits.longest() - before;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int n = super.read(into, offset, length);
            if (n > 0) {
                left -= n;
                if (left < 0) {
                    throw new FailureException(new Failure.TooLarge(limits.longest()));
                }
                scanner.scan(into, offset, n);
                FormReader.check(scanner, limits);
                passed += n;
            }
            // Who knows the length asks for no more than that.
            if (n < 0 || passed == announced) {
                FormReader.checkWhole(scanner);
            }
            return n;
        }
    }
}
