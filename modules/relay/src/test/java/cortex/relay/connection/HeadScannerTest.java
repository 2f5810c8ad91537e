package cortex.relay.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadScannerTest {
    private final HeadScanner scanner = new HeadScanner(new HeadLimits(20, 40, 3));

    private int scan(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return scanner.scan(bytes, 0, bytes.length);
    }

    @Test
    void findsTheEmptyLineAndLeavesWhatComesBehindIt() {
        assertThat(scan("GET / HTTP/1.1\r\nA: b\r\n\r\nGET")).isEqualTo(24);
        assertThat(scanner.isOver()).isTrue();
        assertThat(scanner.flaw()).isNull();
    }

    @Test
    void findsItByteByByte() {
        for (char c : "GET / HTTP/1.1\r\nA: b\r\n\r".toCharArray()) {
            assertThat(scan(String.valueOf(c))).isOne();
            assertThat(scanner.isOver()).isFalse();
        }
        scan("\n");
        assertThat(scanner.isOver()).isTrue();
    }

    @Test
    void doesNotWaitForMoreThanTheLimits() {
        scan("GET /" + "a".repeat(30));
        assertThat(scanner.flaw()).isEqualTo(HeadScanner.Flaw.LONG_LINE);
    }

    @Test
    void doesNotWaitForMoreHeadersThanTheLimits() {
        scan("GET / HTTP/1.1\r\nA: " + "a".repeat(50));
        assertThat(scanner.flaw()).isEqualTo(HeadScanner.Flaw.TOO_LARGE);
    }

    @Test
    void countsHeaders() {
        scan("GET / HTTP/1.1\r\nA:b\r\nA:b\r\nA:b\r\n");
        assertThat(scanner.isOver()).isFalse();
        scan("A:b\r\n");
        assertThat(scanner.flaw()).isEqualTo(HeadScanner.Flaw.TOO_MANY);
    }

    @Test
    void aTargetHasNoFragment() {
        scan("GET /admin/fleet#x HTTP/1.1\r\n");
        assertThat(scanner.flaw()).isEqualTo(HeadScanner.Flaw.NOT_HTTP);
        HeadScanner header = new HeadScanner(new HeadLimits(20, 40, 3));
        byte[] head = "GET / HTTP/1.1\r\nA: #b\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
        header.scan(head, 0, head.length);
        assertThat(header.flaw()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0016\u0003\u0001", "\r\n", "\u0000", " GET", "\u0080", "\u007f"})
    void knowsByTheFirstByteThatItIsNoRequest(String sent) {
        scan(sent);
        assertThat(scanner.flaw()).isEqualTo(HeadScanner.Flaw.NOT_HTTP);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nA: b\n"})
    void leavesALineWithoutCrToTheParser(String sent) {
        assertThat(scan(sent + "more")).isEqualTo(sent.length());
        assertThat(scanner.isOver()).isTrue();
    }
}
