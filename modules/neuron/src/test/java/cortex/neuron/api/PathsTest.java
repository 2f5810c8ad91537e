package cortex.neuron.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import cortex.core.failure.FailureException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathsTest {
    @Test
    void decodesSlashesColonsAndUtf8() {
        assertThat(Paths.decode("Qwen%2FQwen3-Coder%3Aq4+x")).isEqualTo("Qwen/Qwen3-Coder:q4+x");
        assertThat(Paths.decode("caf%C3%A9/m")).isEqualTo("café/m");
        assertThat(Paths.decode("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%4", "a%zz", "%ff", "%C3", "%-1"})
    void refusesWhatIsNotWellEncoded(String encoded) {
        assertThatExceptionOfType(FailureException.class)
                .isThrownBy(() -> Paths.decode(encoded))
                .withMessageContaining("percent-encoded");
    }

    @Test
    void seesDotSegmentsHoweverWritten() {
        assertThat(Paths.climbs("/v1/../x")).isTrue();
        assertThat(Paths.climbs("/v1/..")).isTrue();
        assertThat(Paths.climbs("/%2e%2E/x")).isTrue();
        assertThat(Paths.climbs("/a%2F..%2fb")).isTrue();
        assertThat(Paths.climbs("/./x")).isTrue();
        assertThat(Paths.climbs("/v1/models..x/...")).isFalse();
    }
}
