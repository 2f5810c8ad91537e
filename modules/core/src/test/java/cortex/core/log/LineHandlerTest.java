package cortex.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class LineHandlerTest {
    private final Flushes out = new Flushes();
    private final LineHandler handler =
            new LineHandler(new Bare(), new PrintStream(out, false, StandardCharsets.UTF_8));

    @Test
    void aLineIsWrittenByItselfAfterAMoment() throws Exception {
        say(Level.INFO, "a");
        assertThat(out.written.take()).isEqualTo("a\n");
        say(Level.INFO, "b");
        assertThat(out.written.take()).isEqualTo("b\n");
    }

    @Test
    void manyLinesAreFewWritesAndAllInOrder() throws Exception {
        List<String> lines = IntStream.range(0, 2000).mapToObj(i -> "line " + i).toList();
        lines.forEach(line -> say(Level.INFO, line));
        StringBuilder all = new StringBuilder();
        int writes = 0;
        while (!all.toString().endsWith("line 1999\n")) {
            all.append(out.written.take());
            writes++;
        }
        assertThat(all.toString().lines().toList()).isEqualTo(lines);
        assertThat(writes).isLessThan(200);
    }

    @Test
    void aWarningGoesOutAtOnceWithWhatWaits() {
        say(Level.INFO, "before");
        say(Level.WARNING, "careful");
        assertThat(String.join("", out.written)).isEqualTo("before\ncareful\n");
    }

    @Test
    void aVeryLongLineDoesNotWait() {
        say(Level.INFO, "x".repeat(100_000));
        assertThat(String.join("", out.written)).hasSize(100_001);
    }

    @Test
    void closingWritesWhatWaitsAndThenNothingWaits() {
        say(Level.INFO, "last");
        handler.close();
        assertThat(String.join("", out.written)).isEqualTo("last\n");
        say(Level.INFO, "very last");
        assertThat(String.join("", out.written)).isEqualTo("last\nvery last\n");
    }

    @Test
    void whoWaitsForTheResetGoesOnWhenItIsOver() throws Exception {
        assertThat(handler.awaitBack(Duration.ofMillis(1))).isFalse();
        FutureTask<Boolean> waits =
                new FutureTask<>(() -> handler.awaitBack(Duration.ofSeconds(20)));
        Thread hook = Thread.ofPlatform().start(waits);
        while (hook.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        assertThat(waits.isDone()).isFalse();
        handler.close();
        assertThat(waits.get()).isTrue();
    }

    private void say(Level level, String text) {
        handler.publish(new LogRecord(level, text));
    }

    private static final class Bare extends Formatter {
        @Override
        public String format(LogRecord record) {
            return record.getMessage() + "\n";
        }
    }

    /// Keeps what was written up to each flush.
    private static final class Flushes extends OutputStream {
        private final BlockingQueue<String> written = new LinkedBlockingQueue<>();
        private final ByteArrayOutputStream open = new ByteArrayOutputStream();

        @Override
        public synchronized void write(int b) {
            open.write(b);
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            open.write(bytes, offset, length);
        }

        @Override
        public synchronized void flush() {
            if (open.size() > 0) {
                written.add(open.toString(StandardCharsets.UTF_8));
                open.reset();
            }
        }
    }
}
