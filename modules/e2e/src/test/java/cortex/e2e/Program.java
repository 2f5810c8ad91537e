package cortex.e2e;

import cortex.house.Sources;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One of the real programs, started from its launcher as an operator would; stopped by process id.
/// The last lines of its log are kept here, all of them in `NAME.log` in the folder it runs in.
public final class Program implements AutoCloseable {
    /// The operators' key of every gateway, unless a test gives it none.
    public static final String OPERATOR = "operator-of-the-tests";

    /// For a gateway that is to write its own operators' key, and whoever is to find it.
    static final Map<String, String> OWN_KEY =
            Map.of("CORTEX_GATEWAY__ADMIN_KEYS", "[]", "CORTEX_ADMIN_KEY", "");

    private static final int KEPT_LINES = 400;
    private static final Pattern URL = Pattern.compile("https?://[^ ,]+");

    private final String name;
    private final Process process;
    private final Path file;
    private final Deque<String> log = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private boolean ended;

    private Program(String name, Process process, Path file) {
        this.name = name;
        this.process = process;
        this.file = file;
        Thread.ofVirtual().name("log of " + name).start(this::read);
    }

    /// Starts `dist/bin/NAME ARGUMENTS…` in `dir`.
    public static Program start(String name, Path dir, List<String> arguments) {
        return start(name, dir, arguments, Map.of());
    }

    /// The same, with more in its environment.
    public static Program start(
            String name, Path dir, List<String> arguments, Map<String, String> environment) {
        var command = new java.util.ArrayList<String>();
        command.add(Sources.root().resolve("dist/bin").resolve(name).toString());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).directory(dir.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment()
                .keySet()
                .removeIf(key -> key.matches("(CORTEX|NEURON|XDG)_.*|(STATE|RUNTIME)_DIRECTORY"));
        builder.environment().put("HOME", dir.toString());
        builder.environment().put("CORTEX_GATEWAY__ADMIN_KEYS", OPERATOR);
        builder.environment().put("CORTEX_ADMIN_KEY", OPERATOR);
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true);
        try {
            return new Program(name, builder.start(), dir.resolve(name + ".log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Starts it and waits until it says that it is ready; one that does not is ended.
    public static Program startReady(String name, Path dir, List<String> arguments)
            throws InterruptedException {
        return startReady(name, dir, arguments, Map.of());
    }

    /// The same with more variables in its environment.
    public static Program startReady(
            String name, Path dir, List<String> arguments, Map<String, String> environment)
            throws InterruptedException {
        Program program = start(name, dir, arguments, environment);
        try {
            program.readyUrl(0);
            return program;
        } catch (AssertionError e) {
            program.close();
            throw e;
        }
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
                Writer whole =
                        Files.newBufferedWriter(
                                file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                whole.write(line + "\n");
                whole.flush();
                keep(line);
            }
        } catch (IOException e) {
            keep("(the log broke off: " + e + ")");
        }
        lock.lock();
        try {
            ended = true;
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void keep(String line) {
        lock.lock();
        try {
            log.addLast(line);
            if (log.size() > KEPT_LINES) {
                log.removeFirst();
            }
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Waits for a line that contains `text` and returns it.
    public String awaitLine(String text, Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        lock.lock();
        try {
            while (true) {
                for (String line : log) {
                    if (line.contains(text)) {
                        return line;
                    }
                }
                if (ended || left <= 0) {
                    throw new AssertionError(
                            name + " never said '" + text + "':\n" + String.join("\n", log));
                }
                left = more.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Waits until it has said its last word.
    void awaitEnd() throws InterruptedException {
        lock.lock();
        try {
            while (!ended) {
                more.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /// The `index`th URL of its ready line.
    public String readyUrl(int index) throws InterruptedException {
        Matcher urls = URL.matcher(awaitLine(name + " ready", Duration.ofSeconds(60)));
        String url = "";
        for (int i = 0; i <= index; i++) {
            if (!urls.find()) {
                throw new AssertionError("the ready line has no URL number " + index);
            }
            url = urls.group();
        }
        return url;
    }

    /// The last lines of its log.
    public String log() {
        lock.lock();
        try {
            return String.join("\n", log);
        } finally {
            lock.unlock();
        }
    }

    /// The process itself.
    public ProcessHandle handle() {
        return process.toHandle();
    }

    /// Sends TERM without waiting.
    public void terminate() {
        process.destroy();
    }

    /// Waits for its end and returns the exit code.
    public int awaitExit(Duration atMost) throws InterruptedException {
        if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError(name + " is still there after " + atMost + ":\n" + log());
        }
        return process.exitValue();
    }

    /// Sends KILL and waits until it is gone.
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        awaitExit(Duration.ofSeconds(10));
    }

    @Override
    public void close() {
        try {
            process.destroy();
            if (!process.waitFor(40, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
