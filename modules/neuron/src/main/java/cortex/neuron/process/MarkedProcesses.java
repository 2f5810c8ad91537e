package cortex.neuron.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// Finds the processes of one replica by the mark that each was started with: an environment
/// variable holding the replica's id, which holds random bits and is inherited by whatever an
/// engine starts. So a child whose parent died is found, and a record written just before a start
/// leads to the process. One that was started without that environment is found by its session.
/// Sees only processes whose environment this user may read.
final class MarkedProcesses {
    /// The environment variable's name.
    static final String MARK = "CORTEX_REPLICA";

    private static final Path PROC = Path.of("/proc");

    private MarkedProcesses() {}

    static Set<ProcessIdentity> of(String replica) {
        return ofAny(Set.of(replica)).getOrDefault(replica, Set.of());
    }

    /// The processes of each of these replicas that has any.
    static Map<String, Set<ProcessIdentity>> ofAny(Set<String> replicas) {
        Map<String, Set<ProcessIdentity>> found = new LinkedHashMap<>();
        if (!Files.isDirectory(PROC) || replicas.isEmpty()) {
            return found;
        }
        try (DirectoryStream<Path> dirs = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path dir : dirs) {
                String replica = mark(dir);
                if (replicas.contains(replica)) {
                    ProcessIdentity identity =
                            ProcessIdentity.of(Long.parseLong(dir.getFileName().toString()));
                    if (identity != null) {
                        found.computeIfAbsent(replica, r -> new LinkedHashSet<>()).add(identity);
                    }
                }
            }
        } catch (IOException e) {
            System.getLogger(MarkedProcesses.class.getName())
                    .log(System.Logger.Level.WARNING, "while looking through processes", e);
        }
        return found;
    }

    /// The processes of the session that `leader` leads, itself too; none when it leads none, or is
    /// gone: then its number may stand for somebody else's session.
    static Set<ProcessIdentity> inSessionOf(ProcessIdentity leader) {
        Set<ProcessIdentity> found = new LinkedHashSet<>();
        ProcStat own = ProcStat.of(leader.pid());
        if (own == null || own.session() != leader.pid() || !leader.alive()) {
            return found;
        }
        try (DirectoryStream<Path> dirs = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path dir : dirs) {
                long pid = Long.parseLong(dir.getFileName().toString());
                ProcStat stat = ProcStat.of(pid);
                ProcessIdentity identity =
                        stat != null && stat.session() == leader.pid()
                                ? ProcessIdentity.of(pid)
                                : null;
                if (identity != null) {
                    found.add(identity);
                }
            }
        } catch (IOException e) {
            System.getLogger(MarkedProcesses.class.getName())
                    .log(System.Logger.Level.WARNING, "while looking through processes", e);
        }
        return found;
    }

    /// The replica a process was started for; empty when it was for none.
    private static String mark(Path dir) {
        try {
            String environment =
                    '\0'
                            + new String(
                                    Files.readAllBytes(dir.resolve("environ")),
                                    StandardCharsets.ISO_8859_1);
            String name = '\0' + MARK + "=";
            int from = environment.indexOf(name);
            int end = from < 0 ? -1 : environment.indexOf('\0', from + name.length());
            return end < 0 ? "" : environment.substring(from + name.length(), end);
        } catch (IOException e) {
            // Gone meanwhile, or another user's: not ours either way.
            return "";
        }
    }
}
