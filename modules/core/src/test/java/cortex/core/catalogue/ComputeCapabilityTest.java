package cortex.core.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;

class ComputeCapabilityTest {
    @Test
    void isOrderedByItsNumbersAndNotByItsText() {
        assertThat(of("12.0")).isGreaterThan(of("8.9"));
        assertThat(of("8.9")).isGreaterThan(of("8.6")).hasToString("8.9");
        assertThat(of("8.6")).isEqualByComparingTo(of("8.6"));
    }

    @Test
    void whatIsNotOneIsNull() {
        assertThat(ComputeCapability.parse("[N/A]")).isNull();
        assertThat(ComputeCapability.parse("8")).isNull();
        assertThat(ComputeCapability.parse("sm_89")).isNull();
        assertThat(ComputeCapability.parse("8.9.1")).isNull();
    }

    private static ComputeCapability of(String written) {
        return Objects.requireNonNull(ComputeCapability.parse(written));
    }
}
