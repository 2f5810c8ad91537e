package cortex.gateway.body;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GzipInputTest {
    private static final int NAME = 8;
    private static final int EXTRA = 4;
    private static final int COMMENT = 16;
    private static final int CHECK = 2;

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(all)) {
            out.write(plain);
        }
        return all.toByteArray();
    }

    private static byte[] repeated(byte[] member, int times) {
        byte[] all = new byte[member.length * times];
        for (int i = 0; i < times; i++) {
            System.arraycopy(member, 0, all, i * member.length, member.length);
        }
        return all;
    }

    private static byte[] joined(byte[]... parts) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.write(part);
        }
        return all.toByteArray();
    }

    /// As a network would: never more than `atOnce` bytes.
    private static InputStream slow(byte[] bytes, int atOnce) {
        return new FilterInputStream(new ByteArrayInputStream(bytes)) {
            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return super.read(into, offset, Math.min(length, atOnce));
            }
        };
    }

    private static byte[] decoded(byte[] encoded, int atOnce) throws IOException {
        try (InputStream in = new GzipInput(slow(encoded, atOnce))) {
            return in.readAllBytes();
        }
    }

    /// A member with all that a header can hold.
    private static byte[] decorated(byte[] plain, int damage) throws IOException {
        byte[] member = gzip(plain);
        byte[] head = Arrays.copyOf(member, 10);
        head[3] = NAME | EXTRA | COMMENT | CHECK;
        byte[] more =
                joined(
                        head,
                        new byte[] {3, 0, 1, 2, 3},
                        "a name\0".getBytes(UTF_8),
                        "a comment\0".getBytes(UTF_8));
        CRC32 crc = new CRC32();
        crc.update(more);
        int sum = (int) crc.getValue() ^ damage;
        return joined(
                more,
                new byte[] {(byte) sum, (byte) (sum >> 8)},
                Arrays.copyOfRange(member, 10, member.length));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1 << 20})
    void decodesWhatIsThere(int atOnce) throws IOException {
        byte[] noise = new byte[100_000];
        new Random(7).nextBytes(noise);
        byte[] text = "ab".repeat(60_000).getBytes(UTF_8);
        byte[] all =
                joined(
                        gzip(noise),
                        gzip(new byte[0]),
                        decorated(text, 0),
                        gzip("z".getBytes(UTF_8)));
        assertThat(decoded(all, atOnce)).isEqualTo(joined(noise, text, "z".getBytes(UTF_8)));
        assertThat(decoded(gzip(new byte[0]), atOnce)).isEmpty();
    }

    @Test
    void emptyMembersCostNoStack() throws IOException {
        byte[] many = repeated(gzip(new byte[0]), 50_000);
        assertThatThrownBy(() -> decoded(many, 1 << 20)).isInstanceOf(ZipException.class);
    }

    @Test
    void manyMembersAreFineAndTooManyAreNot() throws IOException {
        byte[] member = gzip("x".getBytes(UTF_8));
        assertThat(decoded(repeated(member, GzipInput.MAX_MEMBERS), 999))
                .hasSize(GzipInput.MAX_MEMBERS);
        assertThatThrownBy(() -> decoded(repeated(member, GzipInput.MAX_MEMBERS + 1), 999))
                .isInstanceOf(ZipException.class);
        byte[] empty = gzip(new byte[0]);
        assertThat(decoded(repeated(empty, GzipInput.MAX_EMPTY), 999)).isEmpty();
    }

    @Test
    void whateverIsCutOrChangedIsNoticed() throws IOException {
        byte[] whole = decorated("some text that is worth it".getBytes(UTF_8), 0);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> decoded(cut, 5)).isInstanceOf(IOException.class);
        }
        for (int i = whole.length - 8; i < whole.length; i++) {
            byte[] changed = whole.clone();
            changed[i] ^= 0x10;
            assertThatThrownBy(() -> decoded(changed, 5)).isInstanceOf(ZipException.class);
        }
        assertThatThrownBy(() -> decoded(decorated(new byte[9], 1), 5))
                .isInstanceOf(ZipException.class);
        assertThatThrownBy(() -> decoded(joined(whole, "junk".getBytes(UTF_8)), 5))
                .isInstanceOf(ZipException.class);
        byte[] reserved = whole.clone();
        reserved[3] |= (byte) 0x80;
        assertThatThrownBy(() -> decoded(reserved, 5)).isInstanceOf(ZipException.class);
    }
}
