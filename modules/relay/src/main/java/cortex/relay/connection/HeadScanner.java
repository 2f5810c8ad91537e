package cortex.relay.connection;

import org.jspecify.annotations.Nullable;

/// Finds where a request's head ends, looking at each byte once, and whether it is one that is
/// worth waiting for the end of. Says nothing about what is in it.
final class HeadScanner {
    /// Why a head is not read to its end.
    enum Flaw {
        NOT_HTTP(400),
        LONG_LINE(414),
        TOO_LARGE(431),
        TOO_MANY(431);

        private final int status;

        Flaw(int status) {
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    private final HeadLimits limits;
    private int bytes;
    private int lines;
    private int lineLength;
    private int firstLine;
    private int last;
    private boolean ended;
    private @Nullable Flaw flaw;

    HeadScanner(HeadLimits limits) {
        this.limits = limits;
    }

    /// Looks at the next bytes; gives how many of them belong to the head. It is over when {@link
    /// #isOver} says so.
    int scan(byte[] from, int offset, int length) {
        int i = offset;
        int end = offset + length;
        while (i < end && !ended && flaw == null) {
            next(from[i]);
            i++;
        }
        return i - offset;
    }

    private void next(byte b) {
        boolean fragment = lines == 0 && b == '#';
        if (fragment || (bytes == 0 && !isMethodByte(b))) {
            flaw = Flaw.NOT_HTTP;
            return;
        }
        bytes++;
        if (b == '\n') {
            line();
        } else {
            lineLength++;
            if (lines == 0 && lineLength > limits.maxFirstLine() + 1) {
                flaw = Flaw.LONG_LINE;
            } else if (lines > 0 && bytes - firstLine > limits.maxHeaders()) {
                flaw = Flaw.TOO_LARGE;
            }
        }
        last = b;
    }

    /// An empty line ends the head. A line without CR is none in HTTP; the parser, which knows what
    /// to say about it, need not wait for more.
    private void line() {
        boolean cr = last == '\r';
        if (!cr || lineLength == 1) {
            ended = true;
            return;
        }
        if (lines == 0) {
            firstLine = bytes;
        }
        lines++;
        lineLength = 0;
        if (lines - 1 > limits.maxCount()) {
            flaw = Flaw.TOO_MANY;
        }
    }

    /// A request's target has no fragment (RFC 9112 §3.2), which parsers would cut off or not. A
    /// request begins with a method, which is a token (RFC 9110 §5.6.2); a TLS hello or a line
    /// break does not.
    private static boolean isMethodByte(byte b) {
        return b > ' ' && b < 0x7f;
    }

    boolean isOver() {
        return ended || flaw != null;
    }

    @Nullable Flaw flaw() {
        return flaw;
    }
}
