package cortex.gateway.body;

import cortex.core.config.ByteSize;
import cortex.core.dialect.form.FormBoundary;
import cortex.core.dialect.form.FormFault;
import cortex.core.dialect.form.FormScanner;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Reads the beginning of forms. For one thread.
final class FormReader {
    private static final int FIRST = 4 << 10;

    /// After so many bytes others go on: whoever sends fast is never waited for.
    private static final int SLICE = 64 << 10;

    private final MemoryBudget.Account account;
    private final FormBody.Limits limits;
    private final int mostHeld;
    private byte[] buffer = {};
    private int filled;
    private boolean ended;

    /// Takes room from `account`, and holds at most `mostHeld` bytes.
    FormReader(MemoryBudget.Account account, FormBody.Limits limits, int mostHeld) {
        this.account = account;
        this.limits = limits;
        this.mostHeld = mostHeld;
    }

    /// Reads a form up to the end of its `model` part, or a little further, so that a short form is
    /// held whole.
    ///
    /// @throws FailureException with what is wrong with it, or when there is no room for it
    /// @throws IOException when the client breaks off
    FormBody read(InputStream in, FormBoundary boundary, OptionalLong length)
            throws IOException, InterruptedException {
        FormScanner scanner = new FormScanner(boundary);
        int untilPause = SLICE;
        while (!ended && (!scanner.hasModel() || filled < FormBody.SHORT)) {
            int n = readSome(in);
            scanner.scan(buffer, filled, n);
            filled += n;
            check(scanner, limits);
            untilPause -= n;
            if (untilPause <= 0) {
                untilPause = SLICE;
                Pause.now();
            }
        }
        if (!scanner.hasModel()) {
            throw bad("Incomplete form: part 'model' is missing.", "model");
        }
        byte[] held = buffer.length == filled ? buffer : Arrays.copyOf(buffer, filled);
        FormBody.Seen seen = new FormBody.Seen(scanner, limits);
        long left = length.isPresent() ? length.getAsLong() - filled : -1;
        if (ended || left == 0) {
            checkWhole(scanner);
        }
        if (ended) {
            return new FormBody(boundary, account, seen, held, null);
        }
        return new FormBody(
                boundary, account, seen, held, new FormBody.Rest(in, seen, filled, left));
    }

    private int readSome(InputStream in) throws IOException, InterruptedException {
        if (filled == buffer.length) {
            if (filled == mostHeld) {
                throw tooLarge();
            }
            grow((int) Math.min(mostHeld, filled + (long) Math.max(FIRST, filled / 2)));
        }
        int n = in.read(buffer, filled, Math.min(SLICE, buffer.length - filled));
        ended = n < 0;
        return Math.max(0, n);
    }

    /// While there are two buffers, both count.
    private void grow(int length) throws InterruptedException {
        account.take(length);
        int before = buffer.length;
        buffer = Arrays.copyOf(buffer, length);
        account.give(before);
    }

    private FailureException tooLarge() {
        return new FailureException(
                new Failure.Refused(
                        413,
                        "The form has no part 'model' in its first "
                                + new ByteSize(mostHeld)
                                + ", which is all that is held of one here (max_body). Send the"
                                + " part 'model' before the file."));
    }

    /// Lets pass what is a form so far.
    ///
    /// @throws FailureException with what is wrong with it
    static void check(FormScanner scanner, FormBody.Limits limits) {
        FormFault fault = scanner.fault();
        if (fault != null) {
            throw bad(fault.message(), fault.field());
        }
        if (scanner.besideFiles() > limits.fields()) {
            throw bad(
                    "The parts of the form that are no files take more than "
                            + new ByteSize(limits.fields())
                            + " (max_form_fields).",
                    null);
        }
    }

    /// Lets pass what is a whole form, now that nothing more of it comes.
    ///
    /// @throws FailureException when it breaks off
    static void checkWhole(FormScanner scanner) {
        if (!scanner.isOver()) {
            throw bad(
                    "The form breaks off. End it with '--', its boundary and '--', in a line of"
                            + " their own.",
                    null);
        }
    }

    private static FailureException bad(String message, @Nullable String field) {
        return new FailureException(new Failure.BadRequest(message, field));
    }
}
