package cortex.relay.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChunkedInputTest {
    private static final String BODY = "3\r\nabc\r\n1\r\nd\r\nA\r\n0123456789\r\n0\r\n\r\n";

    private final ChunkedInput input = new ChunkedInput(1000);

    private static String text(ByteArrayOutputStream out) {
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    private String take(String sent, int most) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] bytes = sent.getBytes(StandardCharsets.ISO_8859_1);
        int at = 0;
        while (at < bytes.length && !input.isEnded()) {
            at += input.take(bytes, at, Math.min(most, bytes.length - at), out);
        }
        return text(out) + "|" + sent.substring(at);
    }

    @Test
    void makesOneChunkOfWhatCameAtOnce() {
        assertThat(take(BODY + "GET", 1000)).isEqualTo("e\r\nabcd0123456789\r\n0\r\n\r\n|GET");
    }

    @Test
    void makesSmallChunksOfALargeOneThatComesSlowly() {
        assertThat(take("6\r\nabcdef\r\n0\r\n\r\nGET", 5))
                .isEqualTo("2\r\nab\r\n4\r\ncdef\r\n0\r\n\r\n|GET");
    }

    @Test
    void saysTheSameHoweverTheBodyIsCut() {
        Random random = new Random(3);
        for (int i = 0; i < 300; i++) {
            ChunkedInput cut = new ChunkedInput(1000);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] bytes = BODY.getBytes(StandardCharsets.ISO_8859_1);
            int at = 0;
            while (at < bytes.length) {
                int n = Math.min(random.nextInt(1, 9), bytes.length - at);
                assertThat(cut.take(bytes, at, n, out)).isEqualTo(n);
                at += n;
            }
            assertThat(cut.isEnded()).isTrue();
            assertThat(data(text(out))).isEqualTo("abcd0123456789");
        }
    }

    private static String data(String chunks) {
        StringBuilder data = new StringBuilder();
        int at = 0;
        while (true) {
            int line = chunks.indexOf("\r\n", at);
            int size = Integer.parseInt(chunks, at, line, 16);
            data.append(chunks, line + 2, line + 2 + size);
            assertThat(chunks.substring(line + 2 + size)).startsWith("\r\n");
            at = line + 4 + size;
            if (size == 0) {
                assertThat(at).isEqualTo(chunks.length());
                return data.toString();
            }
        }
    }

    /// What is none of HTTP's chunks reaches the parser, which says so.
    @ParameterizedTest
    @CsvSource({
        "3;a=b\\r\\nabc, 3;a=b\\r\\nabc",
        "zz\\r\\n, zz\\r\\n",
        "-1\\r\\n, -1\\r\\n",
        "+4a\\r\\nabcd, ?+4a\\r\\nabcd",
        "00000000000000000000000000000003\\r\\nabc, 000000000000000?00000000000000003\\r\\nabc",
        "\\r\\nabc, \\r\\nabc",
        "3\\nabc, 3\\nabc",
        "3\\rabc, 3\\rabc",
        "FFFFFFFFFFFFFFFFFF\\r\\n, FFFFFFFFFFFFFFF?FFF\\r\\n",
        "3E9\\r\\nabc, 3E9\\r\\nabc",
        "3\\r\\nabcd\\r\\n, 3\\r\\nabc\\r\\n?d\\r\\n",
        "3\\r\\nabc5\\r\\nabcde\\r\\n, 3\\r\\nabc\\r\\n?5\\r\\nabcde\\r\\n",
        "0\\r\\nX: y\\r\\n\\r\\n, 0\\r\\nX: y\\r\\n\\r\\n"
    })
    void letsWhatItDoesNotUnderstandGoOn(String sent, String seen) {
        assertThat(take(sent.translateEscapes(), 1000)).isEqualTo(seen.translateEscapes() + "|");
        assertThat(input.isEnded()).isFalse();
    }
}
