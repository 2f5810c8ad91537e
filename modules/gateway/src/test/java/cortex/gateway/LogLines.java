package cortex.gateway;

import java.text.MessageFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// What a class logs, until it is closed.
public final class LogLines implements AutoCloseable {
    private final Logger logger;
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();
    private final Handler handler =
            new Handler() {
                @Override
                public void publish(LogRecord line) {
                    records.add(line);
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    private LogLines(Logger logger) {
        this.logger = logger;
        logger.addHandler(handler);
    }

    /// Listens to what `type` logs from now on.
    public static LogLines of(Class<?> type) {
        return new LogLines(Logger.getLogger(type.getName()));
    }

    /// The warnings so far.
    public List<String> warnings() {
        return records.stream()
                .filter(line -> line.getLevel().equals(Level.WARNING))
                .map(LogLines::text)
                .toList();
    }

    private static String text(LogRecord line) {
        Object[] values = line.getParameters();
        String message = String.valueOf(line.getMessage());
        return values == null || values.length == 0
                ? message
                : MessageFormat.format(message, values);
    }

    @Override
    public void close() {
        logger.removeHandler(handler);
    }
}
