package cortex.core.dialect.form;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Reading a form takes time in proportion to it, and not much, whatever is in it.
class FormCostTest {
    private static final int LENGTH = 1 << 20;
    private static final int TRIES = 6;

    /// What takes the square of a length takes four times as much for twice the length.
    private static final double MOST = 3;

    private static final long SLIGHT_NANOS = 3_000_000;
    private static final long MOST_NANOS_A_BYTE = 200;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static Stream<Arguments> worst() {
        String name = "\r\nContent-Disposition: form-data; name=\"";
        String file = "--XX" + name + "file\"; filename=\"a\"\r\n\r\n";
        return Stream.of(
                Arguments.of("small parts", "", "--XX" + name + "a\"\r\n\r\n\r\n"),
                Arguments.of("long names", "", "--XX" + name + "a".repeat(1900) + "\"\r\n\r\n\r\n"),
                Arguments.of("bare heads", "", "--XX\r\n\r\n\r\n"),
                Arguments.of(
                        "many headers",
                        "",
                        "--XX" + headers() + name + "file\"; filename=\"a\"\r\n\r\n\r\n"),
                Arguments.of("blanks", "", "--XX" + name + "a\"" + " ;".repeat(900) + "\r\n\r\n"),
                Arguments.of("broken heads", "--XX\r\nX: ", "\u00ff\n"),
                Arguments.of("quotes", "--XX\r\nContent-Disposition: form-data", "; name=\""),
                Arguments.of("line breaks in a file", file, "\r\n"),
                Arguments.of("half boundaries in a file", file, "\r\n--X\r\r\n--"),
                Arguments.of("half boundaries in a field", "--XX" + name + "a\"\r\n\r\n", "\r\n--"),
                Arguments.of("after the end", "--XX--", "\r\n"));
    }

    private static String headers() {
        StringBuilder headers = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            headers.append("\r\n").append(Integer.toString(i, 36)).append(':');
        }
        return headers.toString();
    }

    @ParameterizedTest
    @MethodSource("worst")
    void doublingAFormAtMostDoublesItsCost(String what, String head, String again) {
        byte[] once = (head + again.repeat(LENGTH / 2 / again.length())).getBytes(ISO_8859_1);
        byte[] twice = (head + again.repeat(LENGTH / again.length())).getBytes(ISO_8859_1);
        StringBuilder seen = new StringBuilder();
        for (int attempt = 0; attempt < TRIES; attempt++) {
            long first = least(once);
            long second = least(twice);
            if (second < MOST * Math.max(first, SLIGHT_NANOS)
                    && second < MOST_NANOS_A_BYTE * twice.length) {
                return;
            }
            seen.append(first).append(" ns and ").append(second).append(" ns\n");
        }
        assertThat(seen).as(what).isEmpty();
    }

    private static long least(byte[] form) {
        long nanos = Long.MAX_VALUE;
        for (int run = 0; run < 3; run++) {
            long before = THREADS.getCurrentThreadCpuTime();
            FormScanner scanner = new FormScanner(new FormBoundary("XX"));
            for (int at = 0; at < form.length; at += 1000) {
                scanner.scan(form, at, Math.min(1000, form.length - at));
            }
            scanner.allow(List.of());
            nanos = Math.min(nanos, THREADS.getCurrentThreadCpuTime() - before);
        }
        return nanos;
    }
}
