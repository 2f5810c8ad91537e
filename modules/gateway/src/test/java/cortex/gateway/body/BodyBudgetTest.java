package cortex.gateway.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.OptionalLong;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class BodyBudgetTest {
    private static final int MIB = 1 << 20;

    private final MemoryBudget memory = new MemoryBudget(64L * MIB);
    private final BodyBudget bodies = new BodyBudget(MIB, memory);

    private BodyBudget.Body read(InputStream sent, BodyCoding coding)
            throws IOException, InterruptedException {
        return bodies.read(sent, coding, OptionalLong.empty(), "a");
    }

    @Test
    void nothingStaysTakenWhateverEndsTheReading() {
        InputStream broken =
                new InputStream() {
                    @Override
                    public int read() {
                        throw new StackOverflowError("scripted");
                    }

                    @Override
                    public int read(byte[] into, int offset, int length) {
                        return read();
                    }
                };
        for (BodyCoding coding : BodyCoding.values()) {
            assertThatThrownBy(() -> read(broken, coding)).isInstanceOf(StackOverflowError.class);
        }
        assertThat(memory.freeBytes()).isEqualTo(64L * MIB);
    }

    @Test
    void whatYieldsNothingIsLimitedToo() throws IOException {
        ByteArrayOutputStream gzipped = new ByteArrayOutputStream();
        new GZIPOutputStream(gzipped).close();
        assertThatThrownBy(() -> read(endless(gzipped.toByteArray()), BodyCoding.GZIP))
                .isInstanceOf(FailureException.class)
                .extracting(e -> ((FailureException) e).failure())
                .isInstanceOf(Failure.Unsupported.class);
        ByteArrayOutputStream deflated = new ByteArrayOutputStream();
        new DeflaterOutputStream(deflated).close();
        byte[] emptyBlock = {0, 0, 0, (byte) 0xff, (byte) 0xff};
        byte[] head = {deflated.toByteArray()[0], deflated.toByteArray()[1]};
        InputStream nothing =
                new SequenceInputStream(new ByteArrayInputStream(head), endless(emptyBlock));
        assertThatThrownBy(() -> read(nothing, BodyCoding.DEFLATE))
                .isInstanceOf(FailureException.class)
                .extracting(e -> ((FailureException) e).failure())
                .isInstanceOf(Failure.TooLarge.class);
        assertThat(memory.freeBytes()).isEqualTo(64L * MIB);
    }

    @Test
    void whatIsHeldFollowsWhatWasSent() throws Exception {
        long[] most = {0};
        InputStream slow =
                new InputStream() {
                    private int sent;

                    @Override
                    public int read() {
                        look();
                        return sent++ < 200_000 ? 'x' : -1;
                    }

                    @Override
                    public int read(byte[] into, int offset, int length) {
                        int b = read();
                        into[offset] = (byte) b;
                        return b < 0 ? -1 : 1;
                    }

                    private void look() {
                        long over = 64L * MIB - memory.freeBytes() - (8 << 10) - sent * 3L / 2;
                        most[0] = Math.max(most[0], over);
                    }
                };
        try (BodyBudget.Body body = read(slow, BodyCoding.IDENTITY)) {
            assertThat(body.bytes()).hasSize(200_000);
        }
        assertThat(most[0]).as("held beyond half more than was sent").isZero();
        assertThat(memory.freeBytes()).isEqualTo(64L * MIB);
    }

    /// The same over and over.
    private static InputStream endless(byte[] piece) {
        return new InputStream() {
            private int at;

            @Override
            public int read() {
                at = at == piece.length ? 0 : at;
                return piece[at++] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                for (int i = offset; i < offset + length; i++) {
                    into[i] = (byte) read();
                }
                return length;
            }
        };
    }
}
