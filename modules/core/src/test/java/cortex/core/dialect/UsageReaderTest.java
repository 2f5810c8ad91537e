package cortex.core.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class UsageReaderTest {
    private static UsageReader.Reading read(String json) {
        byte[] bytes = ("xx" + json + "yy").getBytes(StandardCharsets.UTF_8);
        return UsageReader.read(bytes, 2, bytes.length - 4);
    }

    @Test
    void readsAWholeAnswer() {
        UsageReader.Reading reading =
                read(
                        """
                        {"choices":[{"finish_reason":"stop","index":0,"message":{"role":"assistant",
                        "content":"x","usage":{"prompt_tokens":1}}},{"finish_reason":"length"}],
                        "usage":{"completion_tokens":16,"prompt_tokens":36,"total_tokens":52,
                        "prompt_tokens_details":{"cached_tokens":35}},
                        "timings":{"cache_n":35,"prompt_n":1,"predicted_n":16}}\
                        """);
        assertThat(reading.usage()).isEqualTo(new Usage(36L, 16L, 35L));
        assertThat(reading.finishReason()).isEqualTo("stop");
    }

    @Test
    void readsEmbeddingsAndTimingsAlone() {
        assertThat(read("{\"data\":[],\"usage\":{\"prompt_tokens\":5,\"total_tokens\":5}}").usage())
                .isEqualTo(new Usage(5L, null, null));
        assertThat(read("{\"timings\":{\"prompt_n\":4,\"predicted_n\":2}}").usage())
                .isEqualTo(new Usage(4L, 2L, null));
    }

    @Test
    void whatCannotBeReadIsNotTold() {
        assertThat(read("{\"usage\":null}").usage()).isEqualTo(Usage.NONE);
        assertThat(read("{\"usage\":{\"prompt_tokens\":-1,\"completion_tokens\":1.5}}").usage())
                .isEqualTo(Usage.NONE);
        assertThat(read("{\"usage\":{\"prompt_tokens\":99999999999999999999}}").usage())
                .isEqualTo(Usage.NONE);
        assertThat(read("{\"usage\":{\"prompt_tokens\":3").usage())
                .isEqualTo(new Usage(3L, null, null));
        assertThat(read("[]").usage()).isEqualTo(Usage.NONE);
        assertThat(read("").usage()).isEqualTo(Usage.NONE);
    }
}
