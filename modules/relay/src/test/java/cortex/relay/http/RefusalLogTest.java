package cortex.relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.time.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RefusalLogTest {
    private static final Logger LOGGER = Logger.getLogger("cortex.requests");

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final Time clock =
            new Time() {
                @Override
                public Instant now() {
                    return Instant.EPOCH;
                }

                @Override
                public long nanos() {
                    return nanos.get();
                }

                @Override
                public void sleep(Duration duration) {
                    nanos.addAndGet(duration.toNanos());
                }
            };

    private final List<String> lines = new ArrayList<>();
    private final Handler handler =
            new Handler() {
                @Override
                public void publish(LogRecord record) {
                    lines.add(String.valueOf(record.getParameters()[0]));
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    @BeforeEach
    void listen() {
        LOGGER.addHandler(handler);
    }

    @AfterEach
    void leave() {
        LOGGER.removeHandler(handler);
    }

    @Test
    void aFloodLeavesAFewLinesAndTheNextOneCountsTheRest() throws Exception {
        RefusalLog log = new RefusalLog(clock);
        for (int i = 0; i < 10_000; i++) {
            log.write(RefusalLog.line().with("status", 401));
        }
        assertThat(lines).hasSize(RefusalLog.BURST).allMatch(l -> l.equals("refused status=401"));
        clock.sleep(RefusalLog.EVERY);
        log.write(RefusalLog.line());
        log.write(RefusalLog.line());
        assertThat(lines).hasSize(RefusalLog.BURST + 1).last().isEqualTo("refused left_out=9980");
        clock.sleep(Duration.ofHours(1));
        log.write(RefusalLog.line());
        assertThat(lines).last().isEqualTo("refused left_out=1");
        for (int i = 0; i < 1000; i++) {
            log.write(RefusalLog.line());
        }
        assertThat(lines).hasSize(2 * RefusalLog.BURST + 1);
    }
}
