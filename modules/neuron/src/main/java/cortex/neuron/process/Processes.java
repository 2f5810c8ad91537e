package cortex.neuron.process;

import cortex.core.log.Redaction;
import cortex.core.time.Time;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// What the engine processes of one node share: the state directory (which no second program may
/// use at the same time), the ports, the launcher, the clock. Closing lets the directory go.
public final class Processes implements Closeable {
    private static final String RECORDS = "replicas";
    private static final String LOGS = "logs";

    private final Path stateDir;
    private final int logBytes;
    private final ProcessLauncher launcher;
    private final Time time;
    private final FileChannel lockFile;
    private final Adoption adoption;
    private final PortPool ports = new PortPool();

    private Processes(
            Path stateDir, int logBytes, ProcessLauncher launcher, Time time, FileChannel lock) {
        this.stateDir = stateDir;
        this.logBytes = logBytes;
        this.launcher = launcher;
        this.time = time;
        this.lockFile = lock;
        this.adoption = new Adoption(stateDir.resolve(RECORDS), time);
    }

    /// Takes the state directory, making it when needed. `logBytes` are kept of each model's
    /// engine.
    ///
    /// @throws IOException when it cannot be used, or another program uses it
    public static Processes open(Path stateDir, int logBytes, ProcessLauncher launcher, Time time)
            throws IOException {
        Files.createDirectories(stateDir);
        FileChannel channel =
                FileChannel.open(
                        stateDir.resolve("lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        if (!taken(channel)) {
            channel.close();
            throw new IOException(
                    "another neuron uses the state directory "
                            + stateDir
                            + "; give each its own state_dir");
        }
        for (String part : List.of(RECORDS, LOGS)) {
            privateDirectory(stateDir.resolve(part));
        }
        return new Processes(stateDir, logBytes, launcher, time, channel);
    }

    /// Engines may print what they were asked: nobody else reads it.
    private static void privateDirectory(Path dir) throws IOException {
        Files.createDirectories(dir);
        if (dir.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx------"));
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

    /// The records of this node's engines.
    public Adoption adoption() {
        return adoption;
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

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
