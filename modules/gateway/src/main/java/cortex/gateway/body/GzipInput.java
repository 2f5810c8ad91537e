package cortex.gateway.body;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/// Decodes gzip (RFC 1952), all members of it, in one loop and a small window: what a body holds
/// costs neither stack nor heap. Few members may be empty, and not many there at all, because each
/// costs its set-up and yields next to nothing. For one thread.
final class GzipInput extends InputStream {
    /// The most members: tools that compress in blocks of 64 KiB stay within it.
    static final int MAX_MEMBERS = 1000;

    /// The most of them that are empty.
    static final int MAX_EMPTY = 8;

    private static final int WINDOW = 16 << 10;
    private static final int DEFLATED = 8;
    private static final int HAS_CHECK = 2;
    private static final int HAS_EXTRA = 4;
    private static final int HAS_NAME = 8;
    private static final int HAS_COMMENT = 16;
    private static final int RESERVED = 0xe0;

    private final InputStream raw;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 check = new CRC32();
    private final byte[] window = new byte[WINDOW];
    private int at;
    private int end;
    private int members;
    private int empty;
    private boolean inMember;
    private boolean over;

    /// What `raw`, which is left open, holds.
    GzipInput(InputStream raw) {
        this.raw = raw;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /// @throws ZipException when it is not gzip
    /// @throws EOFException when it ends in the middle
    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!over) {
            if (!inMember && !begin()) {
                over = true;
                return -1;
            }
            int n = inflate(into, offset, length);
            if (n > 0) {
                check.update(into, offset, n);
                return n;
            }
            if (inflater.finished()) {
                finish();
            } else if (inflater.needsDictionary()) {
                throw new ZipException("a preset dictionary");
            } else {
                fill();
                inflater.setInput(window, at, end - at);
            }
        }
        return -1;
    }

    private int inflate(byte[] into, int offset, int length) throws ZipException {
        try {
            return inflater.inflate(into, offset, length);
        } catch (DataFormatException e) {
            ZipException invalid = new ZipException("not deflated");
            invalid.initCause(e);
            throw invalid;
        }
    }

    /// Reads the next member's header; false when there is none.
    private boolean begin() throws IOException {
        if (at == end && !refill()) {
            if (members == 0) {
                throw new EOFException("no gzip member");
            }
            return false;
        }
        members++;
        if (members > MAX_MEMBERS) {
            throw new ZipException("too many members");
        }
        header();
        check.reset();
        inflater.reset();
        inflater.setInput(window, at, end - at);
        inMember = true;
        return true;
    }

    private void header() throws IOException {
        check.reset();
        if (next() != 0x1f || next() != 0x8b || next() != DEFLATED) {
            throw new ZipException("no gzip header");
        }
        int flags = next();
        if ((flags & RESERVED) != 0) {
            throw new ZipException("unknown gzip flags");
        }
        skip(6);
        if ((flags & HAS_EXTRA) != 0) {
            skip(next() | next() << 8);
        }
        if ((flags & HAS_NAME) != 0) {
            skipText();
        }
        if ((flags & HAS_COMMENT) != 0) {
            skipText();
        }
        if ((flags & HAS_CHECK) != 0) {
            int expected = (int) check.getValue() & 0xffff;
            if ((next() | next() << 8) != expected) {
                throw new ZipException("a damaged gzip header");
            }
        }
    }

    /// Checks the member's trailer.
    private void finish() throws IOException {
        at = end - inflater.getRemaining();
        long sum = check.getValue();
        long size = inflater.getBytesWritten();
        if (word() != sum || word() != (size & 0xffffffffL)) {
            throw new ZipException("a damaged gzip member");
        }
        empty += size == 0 ? 1 : 0;
        if (empty > MAX_EMPTY) {
            throw new ZipException("too many empty members");
        }
        inMember = false;
    }

    private long word() throws IOException {
        long word = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            word |= (long) next() << shift;
        }
        return word;
    }

    private void skip(int bytes) throws IOException {
        for (int i = 0; i < bytes; i++) {
            next();
        }
    }

    private void skipText() throws IOException {
        while (next() != 0) {
            // a name or a comment, which nobody reads
        }
    }

    /// The next byte of a header or trailer; headers are checked as a whole.
    private int next() throws IOException {
        if (at == end) {
            fill();
        }
        int b = window[at++] & 0xff;
        check.update(b);
        return b;
    }

    private void fill() throws IOException {
        if (!refill()) {
            throw new EOFException("gzip ends too early");
        }
    }

    private boolean refill() throws IOException {
        int n = raw.read(window, 0, WINDOW);
        at = 0;
        end = Math.max(0, n);
        return n > 0;
    }

    @Override
    public void close() {
        inflater.end();
    }
}
