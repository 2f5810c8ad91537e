package cortex.neuron;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// Collects what is logged under a name while it is open.
public final class Logged implements AutoCloseable {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger logger;
    private final Handler handler =
            new Handler() {
                @Override
                public void publish(LogRecord line) {
                    // as the program's own format has it: no apostrophe means anything
                    String text = line.getMessage();
                    Object[] parts = line.getParameters();
                    for (int i = 0; parts != null && i < parts.length; i++) {
                        text = text.replace("{" + i + "}", String.valueOf(parts[i]));
                    }
                    lines.add(text);
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    /// Collects under `name`, from now on.
    public Logged(String name) {
        logger = Logger.getLogger(name);
        logger.addHandler(handler);
    }

    /// What came so far.
    public List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void close() {
        logger.removeHandler(handler);
    }
}
