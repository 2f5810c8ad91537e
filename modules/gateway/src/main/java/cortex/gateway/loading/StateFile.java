package cortex.gateway.loading;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.gateway.fleet.Memory;
import cortex.gateway.fleet.machine.FleetEvent.Wishes;
import cortex.gateway.placement.footprint.Footprint;
import cortex.gateway.placement.footprint.Footprint.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// Keeps what models were measured to take and what operators want from one run to the next, and
/// says once for each model when the catalogue is far off. Writes on a thread of its own, always a
/// whole new file; a file that cannot be read is put aside, one that cannot be written costs a line
/// in the log, nothing else.
final class StateFile implements Memory, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StateFile.class.getName());
    private static final long LARGEST = 1 << 20;
    private static final int MOST = 1_000;
    private static final int PERCENT = 100;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final SequencedMap<Way, Footprint> known = new LinkedHashMap<>();

    @GuardedBy("lock")
    private Wishes wishes = Wishes.NONE;

    @GuardedBy("lock")
    private boolean unwritten;

    @GuardedBy("lock")
    private boolean closed;

    private final @Nullable Thread writer;

    private StateFile(@Nullable Path file) {
        if (file == null) {
            writer = null;
            return;
        }
        StateContent content = read(file);
        for (Footprint footprint : content.footprints()) {
            known.put(footprint.way(), footprint);
        }
        wishes = content.wishes();
        writer = Thread.ofVirtual().name("state-file").start(() -> keepWriting(file));
    }

    /// What the file holds, and a thread that keeps it up to date; null to remember nothing.
    static StateFile open(@Nullable Path file) {
        return new StateFile(file);
    }

    /// All that is known; what was learned last stands at the end.
    StateContent content() {
        lock.lock();
        try {
            return new StateContent(List.copyOf(known.values()), wishes);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void learned(Footprint footprint) {
        Footprint before;
        lock.lock();
        try {
            before = known.remove(footprint.way());
            known.put(footprint.way(), footprint);
            while (known.size() > MOST) {
                known.pollFirstEntry();
            }
            unwritten = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
        if (footprint.drifted() && (before == null || !before.drifted())) {
            LOG.log(System.Logger.Level.WARNING, () -> drift(footprint));
        }
    }

    @Override
    public void wanted(Wishes now) {
        lock.lock();
        try {
            wishes = now;
            unwritten = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private static String drift(Footprint footprint) {
        Double drift = footprint.drift();
        return String.format(
                Locale.ROOT,
                "'%s' takes %d MiB on %d devices with %s, %+.0f %% against vram_mb = %d;"
                        + " correct it in the catalogue",
                footprint.way().model(),
                footprint.mb(),
                footprint.way().devices(),
                footprint.way().harness(),
                drift == null ? 0.0 : drift * PERCENT,
                footprint.catalogueMb());
    }

    private void keepWriting(Path to) {
        try {
            while (true) {
                StateContent all = next();
                if (all == null) {
                    return;
                }
                write(to, all);
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "the state file is no longer written");
        }
    }

    /// What is to be written next; null when all is written and the end has come.
    private @Nullable StateContent next() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!unwritten && !closed) {
                changed.await();
            }
            if (!unwritten) {
                return null;
            }
            unwritten = false;
            return content();
        } finally {
            lock.unlock();
        }
    }

    private static void write(Path file, StateContent all) {
        try {
            Path directory = file.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            Path whole = file.resolveSibling(file.getFileName() + ".new");
            Files.write(whole, all.bytes());
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
                            + e);
        }
    }

    private static StateContent read(Path file) {
        try {
            if (Files.size(file) > LARGEST) {
                throw new IOException("it is larger than " + LARGEST + " bytes");
            }
            return StateContent.read(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return StateContent.NOTHING;
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cannot read "
                            + file
                            + ": what models take is learned anew, and operators' pins, drains and"
                            + " wanted loads are forgotten. "
                            + putAside(file)
                            + " The reason: "
                            + e);
            return StateContent.NOTHING;
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

    /// Writes what is unwritten, and ends.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signal();
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
