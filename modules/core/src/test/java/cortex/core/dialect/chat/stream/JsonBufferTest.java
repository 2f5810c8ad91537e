package cortex.core.dialect.chat.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonBufferTest {
    private static String text(JsonBuffer buffer) {
        return new String(buffer.toBytes(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 9, 10, 99, 100, 1_234_567_890, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void numbersAreWrittenInFull(long number) {
        assertThat(text(new JsonBuffer().number(number).number(7))).isEqualTo(number + "7");
    }

    @Test
    void numbersGoOnWhereTheBufferHasToGrow() {
        JsonBuffer buffer = new JsonBuffer();
        StringBuilder expected = new StringBuilder();
        for (long i = 0; i < 500; i++) {
            buffer.number(i);
            expected.append(i);
        }
        assertThat(text(buffer)).isEqualTo(expected.toString());
    }

    @Test
    void makingRoomChangesNothingOfWhatItHolds() {
        JsonBuffer buffer = new JsonBuffer().number(12);
        buffer.reserve(100_000);
        buffer.reserve(1);
        assertThat(text(buffer.raw(JsonBuffer.ascii("x".repeat(1000)))))
                .isEqualTo("12" + "x".repeat(1000));
    }
}
