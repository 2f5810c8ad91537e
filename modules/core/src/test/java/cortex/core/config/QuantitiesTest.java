package cortex.core.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantitiesTest {
    @ParameterizedTest
    @CsvSource({"500ms, 500", "5s, 5000", "2m, 120000", "1h30m, 5400000", "7d, 604800000", "0s, 0"})
    void readsDurations(String text, long millis) {
        assertThat(DurationText.parse(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "5 s", "-5s", "s", "", "5sec", "1.5s", "5S", "99999999999999s"})
    void refusesOtherDurations(String text) {
        assertThat(DurationText.parse(text)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"500ms", "5s", "90s", "2m", "10h", "0s"})
    void writesDurationsAsTheyAreRead(String text) {
        Duration duration = requireNonNull(DurationText.parse(text));
        assertThat(DurationText.format(duration)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "64MiB, 67108864",
        "1KiB, 1024",
        "500kB, 500000",
        "0B, 0",
        "1 GiB, 1073741824",
        "3tb, 3000000000000"
    })
    void readsSizes(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(new ByteSize(bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"64", "-1MiB", "MiB", "", "64 potatoes", "999999999999TiB", "1iB"})
    void refusesOtherSizes(String text) {
        assertThat(ByteSize.parse(text)).isNull();
    }

    @Test
    void writesSizesInTheLargestExactUnit() {
        assertThat(ByteSize.mib(64)).hasToString("64MiB");
        assertThat(ByteSize.kib(1536)).hasToString("1536KiB");
        assertThat(new ByteSize(1000)).hasToString("1000B");
        assertThat(new ByteSize(0)).hasToString("0B");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:8000", "localhost:0", "[::1]:80", "gpu-1.example:65535"})
    void readsAddresses(String text) {
        assertThat(HostPort.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8000",
                ":8000",
                "host",
                "host:",
                "host:65536",
                "::1:80",
                "h ost:1",
                "h/x:1"
            })
    void refusesOtherAddresses(String text) {
        assertThat(HostPort.parse(text)).isNull();
    }
}
