package cortex.demo;

import cortex.core.time.SystemTime;
import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import cortex.demo.flags.FlagsReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/// A demo engine in this process, on a free port.
final class Started implements AutoCloseable {
    static final Time TIME = new SystemTime();

    final Engine engine;
    final AtomicInteger crashes = new AtomicInteger();

    Started(String... args) {
        List<String> all = new ArrayList<>(List.of("--host", "127.0.0.1", "--port", "0"));
        all.addAll(List.of(args));
        if (!all.contains("--speed")) {
            all.addAll(List.of("--speed", "0"));
        }
        PrintWriter log = new PrintWriter(Writer.nullWriter());
        try {
            Flags flags = FlagsReader.of(all.toArray(String[]::new)).flags(Map.of());
            engine = Main.start(flags, TIME, log, crashes::incrementAndGet);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Starts and loads.
    static Started loaded(String... args) throws Exception {
        Started started = new Started(args);
        started.engine.load();
        return started;
    }

    int port() {
        return engine.port();
    }

    /// Whether the first slot of an engine that plays llama-server is taken.
    boolean busy() {
        return RawClient.get(port(), "/slots").json().path(0).path("is_processing").asBoolean();
    }

    /// Waits up to ten seconds for `condition`.
    static void until(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = TIME.nanos() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            if (TIME.nanos() > deadline) {
                throw new AssertionError("not within ten seconds: " + what);
            }
            TIME.sleep(Duration.ofMillis(5));
        }
    }

    @Override
    public void close() {
        try {
            engine.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
