package cortex.neuron.process;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Finds the processes of one replica by the mark that each was started with: an environment
/// variable holding the replica's id, which holds random bits and is inherited by whatever an
/// engine starts. So a child whose parent died is found, and a record written just before a start
/// leads to the process. One that was started without that environment is found by its session.
/// Sees only processes whose environment this user may read.
final class MarkedProcesses {
    /// The environment variable's name.
    static final String MARK = "CORTEX_REPLICA";

    /// The name of the variable that holds the id of the neuron that started it.
    static final String NEURON = "CORTEX_NEURON";

    private static final Path PROC = Path.of("/proc");

    private MarkedProcesses() {}

    static Set<ProcessIdentity> of(String replica) {
        return ofAny(Set.of(replica)).getOrDefault(replica, Set.of());
    }

    /// The processes of each of these replicas that has any.
    static Map<String, Set<ProcessIdentity>> ofAny(Set<String> replicas) {
        return replicas.isEmpty() ? Map.of() : those(marks -> replicas.contains(marks.replica()));
    }

    /// The replicas of which something runs that were started by the neuron of that id.
    static Set<String> replicas(String neuron) {
        return those(marks -> marks.neuron().equals(neuron)).keySet();
    }

    /// Whether a process was marked as one of another replica than this.
    static boolean isAnothers(ProcessIdentity process, String replica) {
        String mark = marks(PROC.resolve(Long.toString(process.pid()))).replica();
        return !mark.isEmpty() && !mark.equals(replica);
    }

    /// What a process was marked with; empty what it was not.
    private record Marks(String replica, String neuron) {}

    private static Map<String, Set<ProcessIdentity>> those(Predicate<Marks> wanted) {
        Map<String, Set<ProcessIdentity>> found = new LinkedHashMap<>();
        if (!Files.isDirectory(PROC)) {
            return found;
        }
        try (DirectoryStream<Path> dirs = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path dir : dirs) {
                Marks marks = marks(dir);
                String replica = marks.replica();
                if (!replica.isEmpty() && wanted.test(marks)) {
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

    private static Marks marks(Path dir) {
        try {
            String environment =
                    '\0' + new String(Files.readAllBytes(dir.resolve("environ")), encoding());
            return new Marks(value(environment, MARK), value(environment, NEURON));
        } catch (IOException e) {
            // Gone meanwhile, or another user's: not ours either way.
            return new Marks("", "");
        }
    }

    /// How this program writes variables, paths among them.
    private static Charset encoding() {
        return Charset.forName(
                System.getProperty("sun.jnu.encoding", StandardCharsets.UTF_8.name()));
    }

    private static String value(String environment, String variable) {
        String name = '\0' + variable + "=";
        int from = environment.indexOf(name);
        int end = from < 0 ? -1 : environment.indexOf('\0', from + name.length());
        return end < 0 ? "" : environment.substring(from + name.length(), end);
    }
}
