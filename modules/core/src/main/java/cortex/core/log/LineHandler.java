package cortex.core.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.time.SystemTime;
import cortex.core.time.Time;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// Writes each record whole, and many at a time when there are many: a line that is no warning
/// waits a moment for others, because a write for each costs a busy gateway more than all the rest
/// of the line. A warning goes out at once, with all that waits. Drops what the HTTP library says
/// below a warning: it announces every start and stop of a listener, which the programs say better
/// themselves.
final class LineHandler extends Handler {
    private static final String CHATTY = "io.helidon";
    private static final Duration MOMENT = Duration.ofMillis(20);

    /// So many characters do not wait for more.
    private static final int MANY = 32 << 10;

    private final Time time = new SystemTime();
    private final CountDownLatch back = new CountDownLatch(1);
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final PrintStream out;

    @GuardedBy("lock")
    private final StringBuilder waiting = new StringBuilder();

    /// Whether somebody will write what waits.
    @GuardedBy("lock")
    private boolean promised;

    @GuardedBy("lock")
    private boolean closing;

    LineHandler(Formatter formatter, PrintStream out) {
        this.out = out;
        setFormatter(formatter);
        setLevel(Level.ALL);
    }

    @Override
    public boolean isLoggable(LogRecord record) {
        String source = record.getLoggerName();
        boolean chatter =
                source != null
                        && source.startsWith(CHATTY)
                        && record.getLevel().intValue() < Level.WARNING.intValue();
        return !chatter && super.isLoggable(record);
    }

    @Override
    public void publish(LogRecord record) {
        if (!isLoggable(record)) {
            return;
        }
        String line = getFormatter().format(record);
        boolean urgent = record.getLevel().intValue() >= Level.WARNING.intValue();
        boolean promise = false;
        lock.lock();
        try {
            waiting.append(line);
            if (urgent || closing || waiting.length() >= MANY) {
                write();
            } else if (!promised) {
                promised = true;
                promise = true;
            }
        } finally {
            lock.unlock();
        }
        if (promise) {
            Thread.ofVirtual().name("log").start(this::writeSoon);
        }
    }

    private void writeSoon() {
        try {
            time.sleep(MOMENT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lock.lock();
        try {
            promised = false;
            write();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void write() {
        if (!waiting.isEmpty()) {
            out.print(waiting);
            out.flush();
            waiting.setLength(0);
        }
    }

    @Override
    public void flush() {
        lock.lock();
        try {
            write();
        } finally {
            lock.unlock();
        }
    }

    /// java.logging takes all handlers away in a shutdown hook of its own, which runs beside ours;
    /// coming back keeps the lines that tell how the program went down. From then on none waits.
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            write();
        } finally {
            lock.unlock();
        }
        if (LogSetup.current() == this) {
            Logger.getLogger("").addHandler(this);
        }
        back.countDown();
    }

    /// Waits until it was taken away and is back; false when it was not within `most`.
    boolean awaitBack(Duration most) throws InterruptedException {
        return back.await(most.toNanos(), TimeUnit.NANOSECONDS);
    }
}
