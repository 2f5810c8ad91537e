package cortex.gateway.loading;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.config.problem.FileTrouble;
import cortex.core.log.Quantity;
import cortex.gateway.fleet.FleetStore;
import cortex.gateway.fleet.machine.FleetEvent.Kept;
import cortex.gateway.placement.footprint.Footprint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// Keeps what models were measured to take and what operators want from one run to the next, and
/// says when the catalogue is far off. Owns the file and the thread that writes it, always a whole
/// new file; a file that cannot be read is put aside, one that cannot be written costs a line in
/// the log, nothing else.
final class StateFile implements FleetStore, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StateFile.class.getName());
    private static final long LARGEST = 1 << 20;
    private static final int PERCENT = 100;

    /// A disk that takes longer is not waited for.
    private static final Duration LONGEST_WRITE = Duration.ofSeconds(5);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final @Nullable Path file;
    private final Kept before;

    /// How many changes there were, and how many of them the file tells or could not be made to.
    @GuardedBy("lock")
    private long changes;

    @GuardedBy("lock")
    private long written;

    @GuardedBy("lock")
    private boolean closed;

    private @Nullable Thread writer;

    private StateFile(@Nullable Path file) {
        this.file = file;
        this.before = file == null ? Kept.NOTHING : read(file);
    }

    /// Reads what the file holds; null to remember nothing.
    static StateFile open(@Nullable Path file) {
        return new StateFile(file);
    }

    /// What an earlier run left.
    Kept before() {
        return before;
    }

    /// Begins to keep the file up to date with what `kept` tells, from the first change on.
    void keep(Supplier<Kept> kept) {
        if (file != null) {
            Path to = file;
            writer = Thread.ofVirtual().name("state-file").start(() -> keepWriting(to, kept));
        }
    }

    @Override
    public void changed() {
        lock.lock();
        try {
            changes++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void flush() {
        if (writer == null) {
            return;
        }
        lock.lock();
        try {
            long last = changes;
            long left = LONGEST_WRITE.toNanos();
            while (written < last && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void drifted(Footprint footprint) {
        LOG.log(System.Logger.Level.WARNING, () -> drift(footprint));
    }

    private static String drift(Footprint footprint) {
        if (footprint.way().node() != null) {
            return String.format(
                    Locale.ROOT,
                    "%s says that '%s' takes %d MiB there; other nodes report less, so the figure"
                            + " is used for this node only",
                    footprint.way().node(),
                    footprint.way().model(),
                    footprint.mb());
        }
        Double drift = footprint.drift();
        double percent = drift == null ? 0 : drift * PERCENT;
        return String.format(
                Locale.ROOT,
                "'%s' takes %d MiB %s with %s, %.0f %% %s than vram_mb = %d. Set vram_mb = %d in"
                        + " models.toml",
                footprint.way().model(),
                footprint.mb(),
                footprint.way().devices() == 0
                        ? "of RAM"
                        : "on " + Quantity.of(footprint.way().devices(), "device"),
                footprint.way().harness(),
                Math.abs(percent),
                percent < 0 ? "less" : "more",
                footprint.catalogueMb(),
                footprint.mb());
    }

    private void keepWriting(Path to, Supplier<Kept> kept) {
        try {
            for (long due = nextDue(); due > 0; due = nextDue()) {
                try {
                    write(to, kept.get());
                } finally {
                    written(due);
                }
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "the state file is no longer written");
        }
    }

    /// Waits until there is something to be written: the number of the last change; 0 when all is
    /// and the end has come.
    private long nextDue() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (written == changes && !closed) {
                changed.await();
            }
            return written == changes ? 0 : changes;
        } finally {
            lock.unlock();
        }
    }

    private void written(long change) {
        lock.lock();
        try {
            written = change;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static void write(Path file, Kept all) {
        try {
            Path directory = file.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            Path whole = file.resolveSibling(file.getFileName() + ".new");
            try (FileChannel channel = FileChannel.open(whole, CREATE, WRITE, TRUNCATE_EXISTING)) {
                ByteBuffer bytes = ByteBuffer.wrap(StateContent.write(all));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(
                    whole,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | JacksonException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cannot write "
                            + file
                            + ", so that the next run will not know what models take and what"
                            + " operators want: "
                            + FileTrouble.words(e));
        }
    }

    private static Kept read(Path file) {
        try {
            if (Files.size(file) > LARGEST) {
                throw new IOException("it is larger than " + LARGEST + " bytes");
            }
            return StateContent.read(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Kept.NOTHING;
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cannot read "
                            + file
                            + ": what models take is learned anew, and operators' pins, drains and"
                            + " wanted loads are forgotten. "
                            + putAside(file)
                            + " The reason: "
                            + FileTrouble.words(e));
            return Kept.NOTHING;
        }
    }

    /// Keeps a file that cannot be read, so that somebody may look at it.
    private static String putAside(Path file) {
        Path aside = file.resolveSibling(file.getFileName() + ".unreadable");
        try {
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            return "It is kept as " + aside + ".";
        } catch (IOException e) {
            return "It stays where it is until it is written anew.";
        }
    }

    /// Has written what is unwritten, and ends.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (writer != null) {
            try {
                writer.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
