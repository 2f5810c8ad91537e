package cortex.gateway.body;

import cortex.core.config.ByteSize;
import cortex.core.dialect.form.FormBoundary;
import cortex.core.dialect.form.FormScanner;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.OptionalLong;

/// Reads the beginning of forms. For one thread.
final class FormReader {
    private static final int FIRST = 4 << 10;

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
        while (!ended && (!scanner.hasModel() || filled < FormBody.SHORT)) {
            int n = readSome(in);
            scanner.scan(buffer, filled, n);
            filled += n;
            check(scanner, limits);
        }
        if (!scanner.hasModel()) {
            throw bad("The form has no part 'model', or breaks off before its end.");
        }
        byte[] held = buffer.length == filled ? buffer : Arrays.copyOf(buffer, filled);
        if (ended) {
            return new FormBody(boundary, account, scanner, held, null);
        }
        long left = length.isPresent() ? length.getAsLong() - filled : -1;
        return new FormBody(
                boundary,
                account,
                scanner,
                held,
                new FormBody.Rest(in, scanner, limits, filled, left));
    }

    private int readSome(InputStream in) throws IOException, InterruptedException {
        if (filled == buffer.length) {
            if (filled == mostHeld) {
                throw tooLarge();
            }
            grow((int) Math.min(mostHeld, filled + (long) Math.max(FIRST, filled / 2)));
        }
        int n = in.read(buffer, filled, buffer.length - filled);
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
        if (scanner.isBroken()) {
            throw bad("The body is not valid multipart/form-data.");
        }
        if (scanner.isAmbiguous()) {
            throw bad("The form has more than one part 'model'.");
        }
        if (scanner.besideFiles() > limits.fields()) {
            throw new FailureException(
                    new Failure.BadRequest(
                            "The parts of the form that are no files take more than "
                                    + new ByteSize(limits.fields())
                                    + " (max_form_fields).",
                            null));
        }
    }

    private static FailureException bad(String message) {
        return new FailureException(new Failure.BadRequest(message, "model"));
    }
}
