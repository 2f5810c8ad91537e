package cortex.demo;

import cortex.core.time.Time;
import java.io.PrintWriter;
import java.util.Locale;

/// The engine's own log on standard error, in the form of the one it imitates; a harness reads it.
final class EngineLog {
    private final PrintWriter out;
    private final Time time;
    private final long start;

    EngineLog(PrintWriter out, Time time) {
        this.out = out;
        this.time = time;
        this.start = time.nanos();
    }

    /// A line of llama-server's: minutes, seconds, milliseconds, microseconds, level, source.
    void llama(String level, String source, String message) {
        long micros = (time.nanos() - start) / 1000;
        out.printf(
                Locale.ROOT,
                "%d.%02d.%03d.%03d %s srv  %12s: %s%n",
                micros / 60_000_000,
                micros / 1_000_000 % 60,
                micros / 1000 % 1000,
                micros % 1000,
                level,
                source,
                message);
    }

    /// A line of mistral.rs's.
    void mistralrs(String level, String source, String message) {
        out.printf("%s %5s %s: %s%n", time.now(), level, source, message);
    }
}
