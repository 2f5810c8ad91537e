package cortex.neuron.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/// Finds the processes of one replica by the mark that each was started with: an environment
/// variable holding the replica's id, which holds random bits and is inherited by whatever an
/// engine starts. So a child whose parent died is found, and a record written just before a start
/// leads to the process. Sees only processes whose environment this user may read.
final class MarkedProcesses {
    /// The environment variable's name.
    static final String MARK = "CORTEX_REPLICA";

    private static final Path PROC = Path.of("/proc");

    private MarkedProcesses() {}

    static Set<ProcessIdentity> of(String replica) {
        Set<ProcessIdentity> found = new LinkedHashSet<>();
        if (!Files.isDirectory(PROC)) {
            return found;
        }
        try (DirectoryStream<Path> dirs = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path dir : dirs) {
                if (marked(dir, replica)) {
                    ProcessIdentity identity =
                            ProcessIdentity.of(Long.parseLong(dir.getFileName().toString()));
                    if (identity != null) {
                        found.add(identity);
                    }
                }
            }
        } catch (IOException e) {
            System.getLogger(MarkedProcesses.class.getName())
                    .log(System.Logger.Level.WARNING, "while looking through processes", e);
        }
        return found;
    }

    private static boolean marked(Path dir, String replica) {
        try {
            String environment =
                    new String(
                            Files.readAllBytes(dir.resolve("environ")),
                            StandardCharsets.ISO_8859_1);
            return ('\0' + environment).contains('\0' + MARK + "=" + replica + '\0');
        } catch (IOException e) {
            // Gone meanwhile, or another user's: not ours either way.
            return false;
        }
    }
}
