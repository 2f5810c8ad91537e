package cortex.core.dialect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoneSurrogatesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"a":"x\\ud83d"} | {"a":"x\\ufffd"}
                    {"a":"\\uD83Dx\\uDE00"} | {"a":"\\ufffdx\\ufffd"}
                    {"a":"\\udc00\\ud800"} | {"a":"\\ufffd\\ufffd"}
                    {"a":"\\ud83d\\ud83d\\ude00"} | {"a":"\\ufffd\\ud83d\\ude00"}
                    {"a":"\\\\\\ud83d"} | {"a":"\\\\\\ufffd"}
                    {"\\ud83d":1} | {"\\ufffd":1}
                    "\\ud83d\\n" | "\\ufffd\\n"
                    """)
    void halvesAreReplaced(String json, String expected) {
        assertThat(new String(LoneSurrogates.replaced(json.getBytes(UTF_8)), UTF_8))
                .isEqualTo(expected);
        assertThat(LoneSurrogates.replaced(json)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":\"\\ud83d\\ude00 \\u00e9 \\ud7ff \\ue000\"}",
                "{\"a\":\"\\\\ud83d\"}",
                "{\"a\":\"힣 é 😀 \uD7FF\"}",
                "\\",
                "\\u",
                "\\ud83",
                "\\ud83x",
                ""
            })
    void theRestIsTheSame(String json) {
        byte[] bytes = json.getBytes(UTF_8);
        assertThat(LoneSurrogates.replaced(bytes)).isSameAs(bytes);
        assertThat(LoneSurrogates.replaced(json)).isSameAs(json);
    }

    @Test
    void halvesInUtf8AreReplaced() {
        byte[] json = "\"\u00ed\u00a0\u0080\u00ed\u009f\u00bf\"".getBytes(ISO_8859_1);
        assertThat(new String(LoneSurrogates.replaced(json), UTF_8)).isEqualTo("\"\uFFFD\uD7FF\"");
        assertThat(json[1]).as("what was given stays").isEqualTo((byte) 0xed);
    }
}
