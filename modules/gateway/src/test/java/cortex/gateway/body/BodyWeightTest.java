package cortex.gateway.body;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.chat.ChatJson;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyWeightTest {
    private static final int COUNT = 100_000;

    private static BodyWeight of(String json) {
        return BodyWeight.of(json.getBytes(UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "\"\"",
                "\"a\"",
                "1.5",
                "12345678901234567890123",
                "{\"a\":1}",
                "{\"a\":\"b\"}",
                "{\"a\":{}}",
                "[1]",
                "[[]]",
                "{\"a\":1,\"b\":2,\"c\":3}",
                "{\"role\":\"user\",\"content\":\"a\"}",
                "\"\u4e00aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""
            })
    void noTreeTakesMore(String unit) {
        byte[] body = ("{\"m\":[" + unit + ("," + unit).repeat(COUNT) + "]}").getBytes(UTF_8);
        long weight = BodyWeight.of(body).nodes() + 2L * body.length;
        long kept = kept(body);
        assertThat(kept).as("of a tree of %s", unit).isLessThan(weight);
    }

    private static long kept(byte[] body) {
        long before = used();
        Object tree = ChatJson.object(body);
        long after = used();
        assertThat(tree).isNotNull();
        return after - before;
    }

    private static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    @Test
    void textsWeighByTheirLength() {
        String text = "if (a[0] == b) { c(1, 2, 3): \\n }".repeat(100);
        BodyWeight weight = of("{\"a\":\"" + text + "\"}");
        assertThat(weight.nodes()).isLessThan(300);
        assertThat(weight.translation()).isLessThan(5L * weight.length() + 600);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\\\"a\\\":[{},{},{},{},{},{},{},{},{},{},{},{},{}]}",
                " \\n\\t[{},{},{},{},{},{},{},{},{},{},{},{},{}]",
                "\\u0020\\u005b\\u007b\\u007d\\u002c\\u007b},{},{},{},{},{},{},{},{},{},{},{}]"
            })
    void textsThatAreJsonWeighAsSuch(String text) {
        assertThat(of("{\"arguments\":\"" + text + "\"}").nodes()).isGreaterThan(13 * 180);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"",
                "{\"a\\",
                "{\"\\u00",
                "{\"[\\u00",
                "\"{\\",
                "\\\"",
                "{\"a\":\"[\\u007"
            })
    void anyBytesCanBeWeighed(String json) {
        assertThat(of(json).length()).isEqualTo(json.length());
    }
}
