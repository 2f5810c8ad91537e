package cortex.core.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.PrintStream;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// Writes each record at once and whole. Drops what the HTTP library says below a warning: it
/// announces every start and stop of a listener, which the programs say better themselves.
final class LineHandler extends Handler {
    private static final String CHATTY = "io.helidon";

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final PrintStream out;

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
        lock.lock();
        try {
            out.print(line);
            out.flush();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void flush() {}

    /// java.logging takes all handlers away in a shutdown hook of its own, which runs beside ours;
    /// coming back keeps the lines that tell how the program went down.
    @Override
    public void close() {
        if (LogSetup.current() == this) {
            Logger.getLogger("").addHandler(this);
        }
    }
}
