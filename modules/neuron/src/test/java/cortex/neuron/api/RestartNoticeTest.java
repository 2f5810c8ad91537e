package cortex.neuron.api;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.NodeHealth;
import cortex.core.time.Time;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RestartNoticeTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private final SetTime time = new SetTime();
    private final RestartNotice notice =
            new RestartNotice(
                    new RestartNotice.Waits(Duration.ofSeconds(30), Duration.ofSeconds(20)), time);

    private static final class SetTime implements Time {
        private long nanos;

        @Override
        public Instant now() {
            return Instant.ofEpochSecond(0, nanos);
        }

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public void sleep(Duration duration) {
            advance(duration);
        }

        void advance(Duration duration) {
            nanos += duration.toNanos();
        }
    }

    private void polls(String gateway) {
        notice.healthAsked(gateway, false);
        notice.modelsAsked(gateway);
    }

    @Test
    void nobodyIsToldBeforeItBegins() throws Exception {
        assertThat(notice.healthAsked("a:1", true)).isNull();
        assertThat(notice.awaitTold(MINUTE)).isTrue();
    }

    @Test
    void answersOnTheirWayAreCountedIn() {
        notice.begin();
        assertThat(notice.healthAsked("a:1", false)).isEqualTo(new NodeHealth.Restarting(20));
        assertThat(notice.healthAsked("a:1", true)).isEqualTo(new NodeHealth.Restarting(50));
        time.advance(Duration.ofSeconds(12));
        assertThat(notice.healthAsked("a:1", true)).isEqualTo(new NodeHealth.Restarting(38));
        time.advance(Duration.ofSeconds(40));
        assertThat(notice.healthAsked("a:1", true)).isEqualTo(new NodeHealth.Restarting(20));
    }

    @Test
    void whoPollsIsWaitedFor() throws Exception {
        polls("a:1");
        polls("b:1");
        // One that only asks who it is, and one that only watches a load.
        notice.healthAsked("c:1", false);
        notice.modelsAsked("d:1");
        notice.begin();
        polls("a:1");
        assertThat(notice.awaitTold(Duration.ofMillis(1))).isFalse();
        notice.healthAsked("b:1", false);
        assertThat(notice.awaitTold(Duration.ofMillis(1))).isFalse();
        notice.modelsAsked("b:1");
        assertThat(notice.awaitTold(MINUTE)).isTrue();
    }

    @Test
    void whoIsLongGoneIsNot() throws Exception {
        polls("a:1");
        time.advance(Duration.ofSeconds(11));
        notice.begin();
        assertThat(notice.awaitTold(MINUTE)).isTrue();
    }
}
