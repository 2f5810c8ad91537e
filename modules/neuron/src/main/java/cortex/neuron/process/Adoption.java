package cortex.neuron.process;

import cortex.core.node.Json;
import cortex.core.node.LoadRequest;
import cortex.core.time.Time;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// Remembers on disk which engine processes are this node's, so that a later life of this program
/// can take them over or end them. Owns the directory; one file per replica, readable by its owner
/// only. A process counts as ours by its identity alone: never by name, port or pid.
public final class Adoption {
    private static final System.Logger LOG = System.getLogger(Adoption.class.getName());
    private static final Duration GRACE = Duration.ofSeconds(3);

    private final Path dir;
    private final String neuron;
    private final Time time;
    private volatile boolean closed;

    /// Records of the neuron of that id are kept in `dir`. The id stays with its state, wherever
    /// that is moved or mounted, and is nobody else's.
    public Adoption(Path dir, String neuron, Time time) {
        this.dir = dir;
        this.neuron = neuron;
        this.time = time;
    }

    /// One engine. `process` is null in a record written just before its start. `ready` is whether
    /// it was ever seen ready. `key` is what it asks of everybody; null for nothing.
    public record Saved(
            String replica,
            String harness,
            LoadRequest request,
            int port,
            @Nullable ProcessIdentity process,
            boolean ready,
            @Nullable String key) {
        public Saved {
            if (replica == null || harness == null || request == null) {
                throw new IllegalArgumentException("replica, harness or request is missing");
            }
            if (request.modelId() == null) {
                throw new IllegalArgumentException("the request names no model");
            }
        }

        /// The process, when it still runs and is not marked as another replica's.
        public @Nullable ProcessIdentity running() {
            return process != null
                            && process.alive()
                            && !MarkedProcesses.isAnothers(process, replica)
                    ? process
                    : null;
        }
    }

    /// The environment that a replica's engine must be started with, so that it and what it starts
    /// can be told from everything else.
    public Map<String, String> mark(String replica) {
        return Map.of(MarkedProcesses.MARK, replica, MarkedProcesses.NEURON, neuron);
    }

    /// Lets the records be: they are somebody else's from now on.
    void close() {
        closed = true;
    }

    /// Writes or replaces the record of a replica.
    ///
    /// @throws IOException when it cannot be written, or the records are somebody else's by now
    public void save(Saved saved) throws IOException {
        if (closed) {
            throw new IOException("the neuron is stopping");
        }
        Files.createDirectories(dir);
        Path part = dir.resolve(saved.replica() + ".part");
        Files.deleteIfExists(part);
        if (dir.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(
                    part,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        }
        Files.write(part, Json.MAPPER.writeValueAsBytes(saved));
        Path file = file(saved.replica());
        try {
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /// Forgets a replica that is gone, unless the records are somebody else's by now.
    public void forget(String replica) {
        if (closed) {
            return;
        }
        try {
            Files.deleteIfExists(file(replica));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "while forgetting replica " + replica, e);
        }
    }

    /// Every record. One that is none is logged and removed, since nobody can ever use it; one that
    /// cannot be read now is logged and stays.
    ///
    /// @throws IOException when the directory cannot be read
    public List<Saved> saved() throws IOException {
        List<Saved> all = new ArrayList<>();
        if (!Files.isDirectory(dir)) {
            return all;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(dir, "*.json")) {
            for (Path file : files) {
                read(file, all);
            }
        }
        return all;
    }

    private void read(Path file, List<Saved> all) throws IOException {
        try {
            Saved saved = Json.MAPPER.readValue(Files.readAllBytes(file), Saved.class);
            if (saved != null && file.equals(file(saved.replica()))) {
                all.add(saved);
            } else {
                remove(file, "it is not of the replica that its name says");
            }
        } catch (JacksonException e) {
            remove(file, e.getOriginalMessage());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "while reading " + file, e);
        }
    }

    private static void remove(Path file, String why) throws IOException {
        LOG.log(
                System.Logger.Level.WARNING,
                "{0} is not a record and is removed; its engine is ended, if it runs: {1}",
                file,
                why);
        Files.deleteIfExists(file);
    }

    /// Ends whatever is left of a replica and forgets it. Returns whether all of it is gone.
    public boolean reap(Saved saved) throws InterruptedException {
        Set<ProcessIdentity> left =
                new StopSequence(GRACE, time).run(saved.replica(), saved.running());
        if (left.isEmpty()) {
            forget(saved.replica());
            return true;
        }
        LOG.log(
                System.Logger.Level.ERROR,
                "replica {0}: {1} would not end",
                saved.replica(),
                left.stream().map(ProcessIdentity::pid).toList());
        return false;
    }

    /// The replicas of which something runs that this node has started, and that have no record:
    /// with it went the way to their engines.
    public Set<String> lost() {
        return MarkedProcesses.replicas(neuron).stream()
                .filter(replica -> Files.notExists(file(replica)))
                .collect(Collectors.toUnmodifiableSet());
    }

    /// Ends whatever still runs of replicas that have gone; who that was, by pid. Takes as long as
    /// ending them does.
    public Set<Long> reapGone(Set<String> replicas) throws InterruptedException {
        Set<Long> ended = new LinkedHashSet<>();
        for (var entry : MarkedProcesses.ofAny(replicas).entrySet()) {
            entry.getValue().forEach(process -> ended.add(process.pid()));
            new StopSequence(GRACE, time).run(entry.getKey(), null);
        }
        return ended;
    }

    private Path file(String replica) {
        return dir.resolve(replica + ".json");
    }
}
