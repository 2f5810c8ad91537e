package cortex.neuron.host;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// This machine. What never changes while a process runs is read once, here; memory is read anew
/// each time, which touches no disk and waits for nobody.
public record Host(String hostname, String os, @Nullable String kernel) {
    private static final System.Logger LOG = System.getLogger(Host.class.getName());
    private static final Path ROOT = Path.of("/");

    /// Reads the machine's names.
    public static Host read() {
        return read(ROOT, System.getenv());
    }

    /// The same from the files under `root`, for tests. No name service is asked: a resolver that
    /// hangs must not delay the start.
    static Host read(Path root, Map<String, String> environment) {
        String name = text(root.resolve("proc/sys/kernel/hostname")).strip();
        if (name.isEmpty()) {
            name = environment.getOrDefault("HOSTNAME", "").strip();
        }
        String release = text(root.resolve("etc/os-release"));
        String kernel = text(root.resolve("proc/sys/kernel/osrelease")).strip();
        return new Host(
                name.isEmpty() ? "localhost" : name,
                OsRelease.prettyName(release, System.getProperty("os.name", "unknown")),
                kernel.isEmpty() ? System.getProperty("os.version") : kernel);
    }

    /// Main memory now; unknown off Linux.
    public static MemInfo memory() {
        return MemInfo.parse(text(ROOT.resolve("proc/meminfo")));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "not readable, so unknown: {0} ({1})", file, e.toString());
            return "";
        }
    }
}
