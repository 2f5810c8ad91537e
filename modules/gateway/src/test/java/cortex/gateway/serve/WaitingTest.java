package cortex.gateway.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.http.HeaderNames;
import io.helidon.http.WritableHeaders;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WaitingTest {
    private static Duration time(String... headers) {
        WritableHeaders<?> all = WritableHeaders.create();
        for (int i = 0; i < headers.length; i += 2) {
            all.add(HeaderNames.create(headers[i]), headers[i + 1]);
        }
        return Waiting.clientsTime(all);
    }

    @Test
    void theClientIsToldALittleBeforeItsTimeIsOver() {
        assertThat(time("x-stainless-timeout", "600")).isEqualTo(Duration.ofSeconds(598));
        assertThat(time("x-request-timeout", "10")).isEqualTo(Duration.ofSeconds(9));
        assertThat(time("x-request-timeout", "1.5")).isEqualTo(Duration.ofMillis(1300));
        assertThat(time("x-request-timeout", "0.1")).isEqualTo(Duration.ofMillis(50));
    }

    @Test
    void theShortestCounts() {
        assertThat(time("x-stainless-timeout", "600", "x-stainless-read-timeout", "10"))
                .isEqualTo(Duration.ofSeconds(9));
    }

    @Test
    void whatIsNoTimeIsNone() {
        assertThat(time()).isZero();
        for (String text : new String[] {"", "NaN", "-1", "0", "soon", "Infinity", "1e300"}) {
            assertThat(time("x-request-timeout", text)).as(text).isZero();
        }
    }
}
