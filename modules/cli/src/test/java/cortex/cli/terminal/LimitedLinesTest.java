package cortex.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LimitedLinesTest {
    private static final int MOST = 2 << 20;

    private static InputStream lines(int... lengths) {
        StringBuilder text = new StringBuilder();
        for (int length : lengths) {
            text.repeat('x', length).append('\n');
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
        return new LimitedLines(new ByteArrayInputStream(bytes), MOST);
    }

    @Test
    void linesUpToTheLimitAreRead() throws Exception {
        try (InputStream in = lines(MOST, MOST, 0, 3)) {
            var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
            assertThat(reader.lines().mapToInt(String::length)).containsExactly(MOST, MOST, 0, 3);
        }
    }

    @Test
    void aLongerOneFailsByteForByteToo() throws Exception {
        try (InputStream in = lines(3, MOST + 1)) {
            assertThatThrownBy(
                            () -> {
                                while (in.read() >= 0) {}
                            })
                    .isInstanceOf(IOException.class)
                    .hasMessage("a line is longer than 2 MiB");
        }
        try (InputStream in = lines(3, MOST + 1)) {
            assertThatThrownBy(in::readAllBytes).isInstanceOf(IOException.class);
        }
    }
}
