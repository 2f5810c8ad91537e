package cortex.core.dialect.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CachedCountsTest {
    private static final String CHUNK =
            "data: {\"choices\":[{\"delta\":{\"content\":\"say \\\"cached_tokens\\\": 12\"}}],"
                    + "\"usage\":{\"prompt_tokens\":120,\"prompt_tokens_details\":"
                    + "{\"cached_tokens\": 118}},\"timings\":{\"cache_n\":118,\"prompt_n\":2,"
                    + "\"prompt_ms\":1.5e2,\"predicted_n\":7},\"tokens_cached\":124}\n\n";

    private static final String HIDDEN =
            "data: {\"choices\":[{\"delta\":{\"content\":\"say \\\"cached_tokens\\\": 12\"}}],"
                    + "\"usage\":{\"prompt_tokens\":120,\"prompt_tokens_details\":"
                    + "{\"cached_tokens\": 0  }},\"timings\":{\"cache_n\":0  ,\"prompt_n\":0,"
                    + "\"prompt_ms\":0    ,\"predicted_n\":7},\"tokens_cached\":0  }\n\n";

    @Test
    void countsBecomeNothingAndTextStays() {
        for (int cut = 1; cut < CHUNK.length(); cut++) {
            byte[] bytes = CHUNK.getBytes(StandardCharsets.UTF_8);
            CachedCounts counts = new CachedCounts();
            counts.hide(bytes, 0, cut);
            counts.hide(bytes, cut, bytes.length - cut);
            assertThat(new String(bytes, StandardCharsets.UTF_8))
                    .as("cut at %s", cut)
                    .isEqualTo(HIDDEN);
        }
    }

    @Test
    void whatIsNoNumberStays() {
        String text = "{\"cached_tokens\":null,\"cache_n\" : \"7\",\"prompt_n\"";
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        new CachedCounts().hide(bytes, 0, bytes.length);
        assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo(text);
    }
}
