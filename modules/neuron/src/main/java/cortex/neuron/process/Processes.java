package cortex.neuron.process;

import cortex.core.log.Redaction;
import cortex.core.time.Time;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.regex.Pattern;

/// What the engine processes of one node share: the state directory (which no second program may
/// use at the same time), the ports, the launcher, the clock. Closing lets the directory go.
public final class Processes implements Closeable {
    private static final System.Logger LOG = System.getLogger(Processes.class.getName());

    /// Models whose engines' output is kept, when none of them runs.
    private static final int MOST_LOGS = 64;

    private static final String RECORDS = "replicas";
    private static final String LOGS = "logs";
    private static final String EMPTY = "empty";

    /// The file that holds the id of the neuron whose state it is.
    private static final String ID = "id";

    private static final Pattern IDS =
            Pattern.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private final Path stateDir;
    private final int logBytes;
    private final ProcessLauncher launcher;
    private final Time time;
    private final FileChannel lockFile;
    private final Adoption adoption;
    private final RunningNeuron running;
    private final PortPool ports = new PortPool();

    /// Held by each start of an engine, and by whoever lets the directory go.
    private final ReentrantReadWriteLock starts = new ReentrantReadWriteLock();

    private Processes(
            Path stateDir, int logBytes, ProcessLauncher launcher, Time time, FileChannel lock)
            throws IOException {
        this.stateDir = stateDir;
        this.logBytes = logBytes;
        this.launcher = launcher;
        this.time = time;
        this.lockFile = lock;
        this.adoption = new Adoption(stateDir.resolve(RECORDS), id(stateDir.resolve(ID)), time);
        this.running = RunningNeuron.in(stateDir);
        running.begins();
    }

    /// Takes the state directory, making it when needed. `logBytes` are kept of each model's
    /// engine.
    ///
    /// @throws IOException when it cannot be used, or another program uses it
    public static Processes open(Path stateDir, int logBytes, ProcessLauncher launcher, Time time)
            throws IOException {
        privateDirectory(stateDir);
        Path lockFile = stateDir.resolve("lock");
        FileChannel channel = lock(lockFile);
        boolean taken = taken(channel);
        if (!taken && isShared(channel)) {
            // Who could only read the file has taken it in share, while it was open to others.
            channel.close();
            Files.delete(lockFile);
            channel = lock(lockFile);
            taken = taken(channel);
        }
        if (!taken) {
            channel.close();
            throw new IOException(
                    "another neuron uses it. Stop that one, or give this one its own");
        }
        for (String part : List.of(RECORDS, LOGS, EMPTY)) {
            privateDirectory(stateDir.resolve(part));
        }
        permit(stateDir.resolve(EMPTY), "r-x------");
        return new Processes(stateDir, logBytes, launcher, time, channel);
    }

    /// Engines may print what they were asked: nobody else reads it. Nobody else enters either, or
    /// could hold the lock that is in it.
    private static void privateDirectory(Path dir) throws IOException {
        Files.createDirectories(dir);
        permit(dir, "rwx------");
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(dir)) {
            for (Path entry : entries) {
                if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                    permit(entry, "rw-------");
                }
            }
        }
    }

    private static String id(Path file) throws IOException {
        requireFile(file);
        String id = Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
        if (!IDS.matcher(id.strip()).matches()) {
            id = UUID.randomUUID().toString();
            Files.writeString(file, id);
            permit(file, "rw-------");
        }
        return id.strip();
    }

    /// A lock that somebody else may read can be held by him too, in share, and for ever.
    private static FileChannel lock(Path file) throws IOException {
        requireFile(file);
        FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        permit(file, "rw-------");
        return channel;
    }

    /// To open a pipe would wait for ever.
    private static void requireFile(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException(file + " is not a file. Remove it");
        }
    }

    private static void permit(Path path, String rights) throws IOException {
        if (path.getFileSystem().supportedFileAttributeViews().contains("posix")
                && !PosixFilePermissions.toString(Files.getPosixFilePermissions(path))
                        .equals(rights)) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(rights));
        }
    }

    private static boolean taken(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /// Whether all who hold a lock that is taken share it: no neuron does.
    private static boolean isShared(FileChannel channel) throws IOException {
        try (FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true)) {
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /// The records of this node's engines.
    public Adoption adoption() {
        return adoption;
    }

    /// A directory with nothing in it, and that nothing can be put into, in which engines are
    /// started: there a relative path leads to nothing, whatever an engine may take for one.
    public Path emptyDirectory() {
        return stateDir.resolve(EMPTY).toAbsolutePath();
    }

    /// The ports engines have.
    public PortPool ports() {
        return ports;
    }

    /// The launcher.
    public ProcessLauncher launcher() {
        return launcher;
    }

    /// The clock.
    public Time time() {
        return time;
    }

    /// The log of a model's engine.
    public LogTail log(String modelId, Redaction redaction) {
        return new LogTail(stateDir.resolve(LOGS), modelId, logBytes, redaction);
    }

    /// Keeps the logs of the last models, and those of all that run; `begun` is about to. Whoever
    /// may ask for loads may invent names without end.
    public void forgetOldLogs(String begun) {
        try {
            Set<String> kept = new HashSet<>(Set.of(LogTail.fileName(begun)));
            adoption.saved().forEach(run -> kept.add(LogTail.fileName(run.request().modelId())));
            LogTail.keepLast(stateDir.resolve(LOGS), MOST_LOGS, kept);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "while removing old logs", e);
        }
    }

    /// Starts an engine, from its record to its process; that is done, or not begun, when the
    /// directory is let go.
    ///
    /// @throws IOException when it cannot be started, or the directory was let go
    public <T> T start(Start<T> start) throws IOException {
        starts.readLock().lock();
        try {
            return start.start();
        } finally {
            starts.readLock().unlock();
        }
    }

    /// What starts an engine.
    public interface Start<T> {
        T start() throws IOException;
    }

    @Override
    public void close() throws IOException {
        starts.writeLock().lock();
        try {
            adoption.close();
            running.ended();
        } finally {
            starts.writeLock().unlock();
            lockFile.close();
        }
    }
}
