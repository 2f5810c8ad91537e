package cortex.core.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestScanTest {
    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Failure.BadRequest refusal(byte[] body) {
        FailureException e =
                catchThrowableOfType(FailureException.class, () -> RequestScan.of(body));
        assertThat(e).isNotNull();
        return (Failure.BadRequest) Objects.requireNonNull(e).failure();
    }

    @Test
    void readsWhatTheGatewayNeeds() {
        String body =
                """
                {"messages":[{"role":"user","content":"{\\"model\\":\\"no\\"}","model":"inner"}],
                 "stream":true, "stream_options" : {"x":[1],"include_usage":true},
                 "model" : "Qwen\\/Qwen3 \\u00e9ö" , "temperature":0.1}\
                """;
        RequestScan scan = RequestScan.of(utf8(body));
        assertThat(scan.model()).isEqualTo("Qwen/Qwen3 éö");
        assertThat(scan.stream()).isTrue();
        assertThat(scan.includeUsage()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"Qwen/Qwen3 ö\",\"messages\":[],\"stream\":true,\"stream_options\":{"
                        + "\"include_usage\":true}}",
                "{\"model\":\"a \\\"b\\\"\",\"stream\":true,"
                        + "\"stream_options\":{\"include_usage\":true}}",
                "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\":\"m\"}"
            })
    void aTranslatedRequestNeedNotBeReadToItsEnd(String text) {
        byte[] body = utf8(text);
        RequestScan scan = RequestScan.ofTranslated(body);
        assertThat(scan)
                .usingRecursiveComparison()
                .ignoringFields("cost", "notices")
                .isEqualTo(RequestScan.of(body));
        assertThat(scan.weight()).isEqualTo(1);
    }

    @Test
    void streamIsOffByDefaultAndWhenNull() {
        assertThat(RequestScan.of(utf8("{\"model\":\"m\"}")).stream()).isFalse();
        RequestScan scan =
                RequestScan.of(utf8("{\"model\":\"m\",\"stream\":null,\"stream_options\":null}"));
        assertThat(scan.stream()).isFalse();
        assertThat(scan.includeUsage()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"alias\"}",
                "  {\"a\":\"ü€😀\",\"model\" : \"alias\",\"b\":[{}]}  \n",
                "{\"model\":\"\\u0061lias\",\"stream\":true}",
                "{\"é\":{\"model\":\"deep\"},\n\t\"model\":\"alias\"\n}"
            })
    void replacesTheModelAndNothingElse(String text) {
        byte[] body = utf8(text);
        RequestScan scan = RequestScan.of(body);
        assertThat(scan.model()).isEqualTo("alias");
        String quoted =
                new String(
                        body,
                        scan.modelName().start(),
                        scan.modelName().end() - scan.modelName().start(),
                        StandardCharsets.UTF_8);
        assertThat(quoted).startsWith("\"").endsWith("\"");
        byte[] spliced = scan.modelName().replaced(body, "org/real \"q\" ü");
        String expected =
                text.replaceFirst(
                        "\"(\\\\u0061|a)lias\"",
                        java.util.regex.Matcher.quoteReplacement("\"org/real \\\"q\\\" ü\""));
        assertThat(new String(spliced, StandardCharsets.UTF_8)).isEqualTo(expected);
        assertThat(RequestScan.of(spliced).model()).isEqualTo("org/real \"q\" ü");
    }

    @Test
    void keepsTheVeryArrayWhenTheNameFits() {
        byte[] body = utf8("{\"model\":\"m\"}");
        assertThat(RequestScan.of(body).modelName().replaced(body, "m")).isSameAs(body);
    }

    @Test
    void findsTheModelBehindMegabytes() {
        String image = "A".repeat(3 << 20);
        byte[] body = utf8("{\"messages\":[\"" + image + "\"],\"model\":\"late\"}");
        RequestScan scan = RequestScan.of(body);
        assertThat(scan.model()).isEqualTo("late");
        assertThat(new String(scan.modelName().replaced(body, "x"), StandardCharsets.UTF_8))
                .endsWith("\"],\"model\":\"x\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|empty",
                "'  '|empty",
                "null|object",
                "[]|object",
                "\"model\"|object",
                "42|object",
                "hello|object",
                "{|not valid JSON",
                "{\"model\"|not valid JSON",
                "{\"model\":\"m|not valid JSON",
                "{\"model\":\"m\",}|not valid JSON",
                "{'model':'m'}|not valid JSON",
                "{\"model\":\"m\"} {}|goes on",
                "{\"model\":\"m\"}]|not valid JSON",
                "{\"model\":\"m\",\"a\":NaN}|not valid JSON",
                "{\"model\":\"m\",\"a\":01}|not valid JSON",
                "{\"model\":\"m\" \"a\":1}|not valid JSON",
                "{}|missing",
                "{\"Model\":\"m\"}|missing",
                "{\"model\":null}|must be a string",
                "{\"model\":7}|must be a string",
                "{\"model\":[\"m\"]}|must be a string",
                "{\"model\":{}}|must be a string",
                "{\"model\":\"\"}|empty",
                "{\"model\":\"m\",\"model\":\"m\"}|more than once",
                "{\"model\":\"m\",\"stream\":\"true\"}|true or false",
                "{\"model\":\"m\",\"stream\":1}|true or false",
                "{\"model\":\"m\",\"stream_options\":true}|must be an object",
                "{\"model\":\"m\",\"stream_options\":{\"include_usage\":1}}|true or false"
            })
    void refusesInOneSentence(String body, String says) {
        assertThat(refusal(utf8(body)).message())
                .contains(says)
                .doesNotContain("tools.jackson", "StreamReadFeature");
    }

    @Test
    void refusesWhatIsNotText() {
        byte[] binary = new byte[4096];
        new java.util.Random(1).nextBytes(binary);
        refusal(binary);
        refusal("{\"model\":\"m\"}".getBytes(StandardCharsets.UTF_16LE));
        refusal("{\"model\":\"m\"}".getBytes(StandardCharsets.UTF_16));
        refusal("{\"model\":\"m\"}".getBytes(java.nio.charset.Charset.forName("UTF-32LE")));
        assertThat(refusal(utf8("\uFEFF{\"model\":\"m\"}")).message()).contains("byte order mark");
        byte[] broken = utf8("{\"model\":\"abc\"}");
        broken[11] = (byte) 0xC3;
        refusal(broken);
        refusal(new byte[] {'{', 0, 0, 0});
    }

    @Test
    void refusesNestingBeyondReasonAndSurvivesHugeNumbers() {
        String deep = "[".repeat(100_000);
        assertThat(refusal(utf8("{\"model\":\"m\",\"a\":" + deep)).message()).contains("nest");
        String digits = "9".repeat(100_000);
        try {
            RequestScan.of(utf8("{\"model\":\"m\",\"a\":" + digits + "}"));
        } catch (FailureException e) {
            assertThat(e.failure()).isInstanceOf(Failure.BadRequest.class);
        }
    }

    @Test
    void everyPrefixOfABodyIsRefused() {
        byte[] body = utf8("{\"model\":\"mé\",\"stream\":true,\"more\":[1.5e3,{\"a\":null}]}");
        RequestScan.of(body);
        for (int length = 0; length < body.length; length++) {
            refusal(java.util.Arrays.copyOf(body, length));
        }
    }
}
