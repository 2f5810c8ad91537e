package cortex.relay.connection;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Chunks a body anew as it comes (RFC 9112 §7.1): the parser behind it holds a whole chunk in
/// memory and pays for each one, and a client may send one of 64 MiB or millions of one byte. What
/// is no valid chunk goes on as it is, for the parser to refuse.
final class ChunkedInput {
    private static final int LONGEST_SIZE = 16;
    private static final byte[] LINE_END = {'\r', '\n'};

    private enum State {
        SIZE,
        SIZE_END,
        DATA,
        DATA_CR,
        DATA_LF,
        LAST_CR,
        LAST_LF,
        ENDED,
        RAW
    }

    private final long most;
    private final StringBuilder size = new StringBuilder(LONGEST_SIZE);
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private State state = State.SIZE;
    private long left;
    private long total;

    /// For a body of at most so many bytes; the parser sees the size that goes beyond.
    ChunkedInput(long most) {
        this.most = most;
    }

    /// Whether the body is complete: what comes next belongs to another request.
    boolean isEnded() {
        return state == State.ENDED;
    }

    /// Takes bytes from the client; gives how many of them are the body's. What came out of them is
    /// in `out`, which may be nothing.
    int take(byte[] from, int offset, int length, ByteArrayOutputStream out) {
        int at = offset;
        int end = offset + length;
        while (at < end && state != State.ENDED && state != State.RAW) {
            if (state == State.DATA) {
                int run = (int) Math.min(left, end - at);
                data.write(from, at, run);
                left -= run;
                at += run;
                state = left == 0 ? State.DATA_CR : State.DATA;
            } else {
                next(from[at], out);
                at++;
            }
        }
        chunk(out);
        if (state == State.RAW) {
            out.write(from, at, end - at);
            return length;
        }
        return at - offset;
    }

    private void next(byte b, ByteArrayOutputStream out) {
        switch (state) {
            case SIZE -> size(b, out);
            case SIZE_END -> expect(b, '\n', sized(), out);
            case DATA_CR -> expect(b, '\r', State.DATA_LF, out);
            case DATA_LF -> expect(b, '\n', State.SIZE, out);
            case LAST_CR -> expect(b, '\r', State.LAST_LF, out);
            case LAST_LF -> last(b, out);
            case DATA, ENDED, RAW -> throw new IllegalStateException(state.toString());
        }
    }

    private void size(byte b, ByteArrayOutputStream out) {
        if (b == '\r' && !size.isEmpty()) {
            left = Long.parseLong(size, 0, size.length(), 16);
            total += left;
            if (total > most) {
                raw(out);
                out.write(b);
            } else {
                state = State.SIZE_END;
            }
            return;
        }
        boolean tooLong = size.length() == LONGEST_SIZE - 1;
        if (Character.digit(b, 16) < 0 || tooLong) {
            raw(out);
            if (tooLong || b == '+') {
                // The parser would take it for a size.
                out.write('?');
            }
            out.write(b);
            return;
        }
        size.append((char) b);
    }

    private State sized() {
        return left == 0 ? State.LAST_CR : State.DATA;
    }

    private void expect(byte b, char wanted, State then, ByteArrayOutputStream out) {
        if (b == wanted) {
            if (state == State.SIZE_END) {
                size.setLength(0);
            }
            state = then;
            return;
        }
        State before = state;
        raw(out);
        switch (before) {
            case LAST_CR -> out.writeBytes(new byte[] {'0', '\r', '\n'});
            case SIZE_END -> out.write('\r');
            // data longer than its chunk said; the parser must not take it for a size
            default -> out.write('?');
        }
        out.write(b);
    }

    private void last(byte b, ByteArrayOutputStream out) {
        chunk(out);
        out.writeBytes(new byte[] {'0', '\r', '\n', '\r', b});
        state = b == '\n' ? State.ENDED : State.RAW;
    }

    /// Gives up: what was read as a chunk's size goes on as it came.
    private void raw(ByteArrayOutputStream out) {
        chunk(out);
        out.writeBytes(size.toString().getBytes(StandardCharsets.ISO_8859_1));
        size.setLength(0);
        state = State.RAW;
    }

    private void chunk(ByteArrayOutputStream out) {
        if (data.size() > 0) {
            out.writeBytes(Integer.toHexString(data.size()).getBytes(StandardCharsets.ISO_8859_1));
            out.writeBytes(LINE_END);
            out.writeBytes(data.toByteArray());
            out.writeBytes(LINE_END);
            data.reset();
        }
    }
}
