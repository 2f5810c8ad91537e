package cortex.core.config.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpellingTest {
    private static final List<String> KEYS =
            List.of("listen", "metrics_listen", "max_body", "name");

    @Test
    void findsOneSlip() {
        assertThat(Spelling.nearest("lisen", KEYS)).isEqualTo("listen");
        assertThat(Spelling.nearest("lsiten", KEYS)).isEqualTo("listen");
        assertThat(Spelling.nearest("listenn", KEYS)).isEqualTo("listen");
        assertThat(Spelling.nearest("MAX_BODY", KEYS)).isEqualTo("max_body");
        assertThat(Spelling.nearest("nme", KEYS)).isEqualTo("name");
    }

    @Test
    void findsTheOnlyNameThatTheWordBeginsOrThatBeginsIt() {
        List<String> keys = List.of("vram_mb", "min_devices", "min_device_vram_mb");
        assertThat(Spelling.nearest("vram", keys)).isEqualTo("vram_mb");
        assertThat(Spelling.nearest("vram_mb_total", keys)).isEqualTo("vram_mb");
        assertThat(Spelling.nearest("min", keys)).as("two begin so").isNull();
    }

    @Test
    void doesNotGuessWildly() {
        assertThat(Spelling.nearest("port", KEYS)).isNull();
        assertThat(Spelling.nearest("x", KEYS)).isNull();
        assertThat(Spelling.nearest("", KEYS)).isNull();
        assertThat(Spelling.nearest("listen", List.of())).isNull();
    }

    @Test
    void countsEdits() {
        assertThat(Spelling.distance("", "abc")).isEqualTo(3);
        assertThat(Spelling.distance("kitten", "sitting")).isEqualTo(3);
        assertThat(Spelling.distance("ab", "ba")).isEqualTo(1);
        assertThat(Spelling.distance("same", "same")).isZero();
    }
}
