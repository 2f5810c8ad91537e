package cortex.core.log;

import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/// Points java.logging, and with it every System.Logger of the program and its libraries, at
/// standard error.
public final class LogSetup {
    private static final AtomicReference<@Nullable LineHandler> CURRENT = new AtomicReference<>();

    private LogSetup() {}

    /// Replaces whatever handlers there are. May be called again to change the format.
    public static void install(LogFormat format) {
        CURRENT.set(null);
        LogManager.getLogManager().reset();
        Formatter formatter =
                switch (format) {
                    case HUMAN -> new HumanFormat();
                    case JSON -> new JsonFormat();
                };
        LineHandler handler = new LineHandler(formatter, System.err);
        Logger root = Logger.getLogger("");
        root.setLevel(Level.INFO);
        root.addHandler(handler);
        CURRENT.set(handler);
    }

    static @Nullable LineHandler current() {
        return CURRENT.get();
    }
}
