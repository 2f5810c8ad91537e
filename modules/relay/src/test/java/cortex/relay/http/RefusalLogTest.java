package cortex.relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.time.Time;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RefusalLogTest {
    private final Time clock = new HandClock(Long.MAX_VALUE - 5);

    private final RequestLines log = new RequestLines();
    private final List<String> lines = log.lines();

    @AfterEach
    void leave() {
        log.close();
    }

    @Test
    void aFloodLeavesAFewLinesAndTheNextOneCountsTheRest() throws Exception {
        RefusalLog refusals = new RefusalLog(clock);
        for (int i = 0; i < 10_000; i++) {
            refusals.write("a no key", RefusalLog.line().with("status", 401));
        }
        assertThat(lines).hasSize(RefusalLog.BURST).allMatch(l -> l.equals("refused status=401"));
        clock.sleep(RefusalLog.EVERY);
        refusals.write("a no key", RefusalLog.line());
        refusals.write("a no key", RefusalLog.line());
        assertThat(lines).hasSize(RefusalLog.BURST + 1).last().isEqualTo("refused left_out=9980");
        clock.sleep(Duration.ofHours(1));
        refusals.write("a no key", RefusalLog.line());
        assertThat(lines).last().isEqualTo("refused left_out=1");
        for (int i = 0; i < 1000; i++) {
            refusals.write("a no key", RefusalLog.line());
        }
        assertThat(lines).hasSize(2 * RefusalLog.BURST + 1);
    }

    @Test
    void oneClientsFloodHidesNobodyElse() {
        RefusalLog refusals = new RefusalLog(clock);
        for (int i = 0; i < 10_000; i++) {
            refusals.write("10.0.0.1 unauthorized", RefusalLog.line());
        }
        refusals.write("10.0.0.2 unauthorized", RefusalLog.line().with("client", "10.0.0.2"));
        assertThat(lines).last().isEqualTo("refused client=10.0.0.2");
    }

    @Test
    void manyClientsTogetherLeaveOnlySoMany() throws Exception {
        RefusalLog refusals = new RefusalLog(clock);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 12_000; i++) {
                refusals.write("10.0.0." + i / 20 + " unknown_model", RefusalLog.line());
            }
        }
        assertThat(lines).hasSize(RefusalLog.BURST_OF_ALL);
        clock.sleep(RefusalLog.EVERY_OF_ALL);
        refusals.write("10.1.0.0 unknown_model", RefusalLog.line());
        assertThat(lines)
                .last()
                .isEqualTo("refused left_out=" + (36_000 - RefusalLog.BURST_OF_ALL));
    }

    @Test
    void aClientThatIsRefusedForTheSameReasonHasOneLineInTenMinutes() throws Exception {
        RefusalLog refusals = new RefusalLog(clock);
        for (int i = 0; i < 300; i++) {
            refusals.writeOnce("10.0.0.1 no key", RefusalLog.line().with("status", 401));
            clock.sleep(Duration.ofSeconds(2));
        }
        assertThat(lines).containsExactly("refused status=401");
        refusals.writeOnce("10.0.0.1 no key", RefusalLog.line());
        refusals.writeOnce("10.0.0.2 no key", RefusalLog.line());
        assertThat(lines).hasSize(3).element(1).isEqualTo("refused repeats_left_out=299");
        assertThat(lines).last().isEqualTo("refused");
    }
}
