package cortex.neuron.process;

import cortex.core.time.Time;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The neuron that uses a state directory, as other programs of its user see it: the file `running`
/// names its process and whether that is about to end; the file `on_stop` says what its next stop
/// is to do with the engines. Whether the directory may be used its lock alone decides.
public final class RunningNeuron {
    private static final System.Logger LOG = System.getLogger(RunningNeuron.class.getName());
    private static final Duration LOOK = Duration.ofMillis(50);
    private static final String STOPPING = "stopping";

    private final Path running;
    private final Path onStop;

    private RunningNeuron(Path stateDir) {
        this.running = stateDir.resolve("running");
        this.onStop = stateDir.resolve("on_stop");
    }

    /// The neuron that uses this state directory, if any does.
    public static RunningNeuron in(Path stateDir) {
        return new RunningNeuron(stateDir);
    }

    private record Entry(ProcessIdentity process, boolean stopping) {}

    /// Its process; null when none runs.
    public @Nullable ProcessIdentity process() {
        Entry entry = entry();
        return entry == null ? null : entry.process;
    }

    private @Nullable Entry entry() {
        List<String> lines;
        try {
            lines = Files.readAllLines(running, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return null;
        }
        if (lines.size() < 3 || !lines.getFirst().matches("\\d{1,18}")) {
            return null;
        }
        var process = new ProcessIdentity(Long.parseLong(lines.getFirst()), lines.get(1));
        return process.alive() ? new Entry(process, lines.get(2).equals(STOPPING)) : null;
    }

    /// This process uses the directory from now on. What an earlier one was to do when it stops is
    /// forgotten.
    ///
    /// @throws IOException when that cannot be written
    void begins() throws IOException {
        Files.deleteIfExists(onStop);
        write(running, self("serving"));
    }

    /// This process is about to end, so that whoever comes next waits for it.
    public void stops() {
        try {
            write(running, self(STOPPING));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "while saying that this neuron stops", e);
        }
    }

    /// This process uses the directory no longer.
    void ended() throws IOException {
        Files.deleteIfExists(running);
    }

    private static String self(String state) {
        long pid = ProcessHandle.current().pid();
        ProcessIdentity own = ProcessIdentity.of(pid);
        return pid + "\n" + (own == null ? "unknown" : own.start()) + "\n" + state + "\n";
    }

    /// Says what its next stop is to do with the engines.
    ///
    /// @throws IOException when that cannot be written
    public void ask(OnStop what) throws IOException {
        write(onStop, what.name().toLowerCase(Locale.ROOT));
    }

    /// What this process was asked to do with the engines now that it stops; null when nobody said.
    public @Nullable OnStop asked() {
        try {
            String word = Files.readString(onStop, StandardCharsets.ISO_8859_1).strip();
            Files.deleteIfExists(onStop);
            for (OnStop each : OnStop.values()) {
                if (each.name().equalsIgnoreCase(word)) {
                    return each;
                }
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.TRACE, "nobody said what becomes of the engines", e);
        }
        return null;
    }

    /// Waits while a neuron is there that is about to end; one that is not is left to the lock.
    public void awaitStopped(Time time) throws InterruptedException {
        boolean told = false;
        for (Entry entry = entry(); entry != null && entry.stopping; entry = entry()) {
            if (!told) {
                told = true;
                LOG.log(
                        System.Logger.Level.INFO,
                        "waiting for the neuron that stops, pid {0}",
                        Long.toString(entry.process.pid()));
            }
            time.sleep(LOOK);
        }
    }

    private static void write(Path file, String text) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.deleteIfExists(part);
        if (part.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(
                    part,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        }
        Files.writeString(part, text, StandardCharsets.ISO_8859_1);
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    }
}
