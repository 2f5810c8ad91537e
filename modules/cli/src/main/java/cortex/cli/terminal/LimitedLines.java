package cortex.cli.terminal;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A stream of lines that fails instead of handing out a line that is too long, so that whoever
/// reads line by line does not run out of memory. For one thread.
final class LimitedLines extends FilterInputStream {
    private final int most;
    private int inLine;

    /// One of lines of `most` bytes at most.
    LimitedLines(InputStream in, int most) {
        super(in);
        this.most = most;
    }

    @Override
    public int read() throws IOException {
        int b = in.read();
        if (b >= 0) {
            count((byte) b);
        }
        return b;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int n = in.read(into, offset, length);
        for (int at = 0; at < n; at++) {
            count(into[offset + at]);
        }
        return n;
    }

    private void count(byte b) throws IOException {
        inLine = b == '\n' || b == '\r' ? 0 : inLine + 1;
        if (inLine > most) {
            throw new IOException("a line is longer than " + (most >> 20) + " MiB");
        }
    }
}
