package cortex.core.log;

import static java.lang.System.Logger.Level.ERROR;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/// Points java.logging, and with it every System.Logger of the program and its libraries, at
/// standard error.
public final class LogSetup {
    /// A thread that holds java.logging's lock must not hold up a stop.
    private static final Duration LONGEST_RESET = Duration.ofSeconds(1);

    private static final AtomicReference<@Nullable LineHandler> CURRENT = new AtomicReference<>();

    private static final System.Logger LOG = System.getLogger(LogSetup.class.getName());

    private LogSetup() {}

    /// Replaces whatever handlers there are, and the way in which a thread that ends by an
    /// exception tells of it: the platform would print its message as it is. May be called again to
    /// change the format.
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
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, fault) -> LOG.log(ERROR, "thread " + thread.getName() + " ended", fault));
    }

    /// Waits for java.logging's own shutdown hook, which takes the handlers away while the caller's
    /// runs: a line that is logged before they are back is lost. For shutdown hooks, before they
    /// log.
    public static void awaitShutdownReset() {
        LineHandler handler = CURRENT.get();
        if (handler == null) {
            return;
        }
        try {
            handler.awaitBack(LONGEST_RESET);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static @Nullable LineHandler current() {
        return CURRENT.get();
    }
}
