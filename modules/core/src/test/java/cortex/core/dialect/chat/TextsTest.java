package cortex.core.dialect.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextsTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "a", "ü", "€", "😀", "\u0000\u007f\u0080\u07ff\u0800\uffff"})
    void theLengthIsThatOfTheEncodedText(String piece) {
        String before = "";
        for (int i = 0; i < 4; i++) {
            String text = before + piece.repeat(5000);
            assertThat(Texts.utf8Length(text))
                    .isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
            before += "x";
        }
    }
}
