package cortex.relay.http;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// Collects what the program logs at WARNING or above while it is open.
public final class Warnings implements AutoCloseable {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger root = Logger.getLogger("");
    private final Handler handler =
            new Handler() {
                @Override
                public void publish(LogRecord line) {
                    if (line.getLevel().intValue() >= Level.WARNING.intValue()) {
                        lines.add(line.getLoggerName() + ": " + line.getMessage());
                    }
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    public Warnings() {
        root.addHandler(handler);
    }

    public List<String> lines() {
        return lines;
    }

    @Override
    public void close() {
        root.removeHandler(handler);
    }
}
