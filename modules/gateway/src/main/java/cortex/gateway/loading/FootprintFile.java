package cortex.gateway.loading;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.node.Json;
import cortex.gateway.placement.footprint.Footprint;
import cortex.gateway.placement.footprint.Footprint.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Keeps what models were measured to take from one run to the next, and says once for each when
/// the catalogue is far off. Writes on a thread of its own, always a whole new file; a file that
/// cannot be read is forgotten, one that cannot be written costs a line in the log, nothing else.
final class FootprintFile implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(FootprintFile.class.getName());
    private static final long LARGEST = 1 << 20;
    private static final int MOST = 1_000;
    private static final int PERCENT = 100;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final SequencedMap<Way, Footprint> known = new LinkedHashMap<>();

    @GuardedBy("lock")
    private boolean unwritten;

    @GuardedBy("lock")
    private boolean closed;

    private final @Nullable Thread writer;

    private record Content(int version, List<Footprint> footprints) {}

    private FootprintFile(@Nullable Path file) {
        if (file == null) {
            writer = null;
            return;
        }
        for (Footprint footprint : read(file)) {
            known.put(footprint.way(), footprint);
        }
        writer = Thread.ofVirtual().name("footprints").start(() -> keepWriting(file));
    }

    /// What the file holds, and a thread that keeps it up to date; null to remember nothing.
    static FootprintFile open(@Nullable Path file) {
        return new FootprintFile(file);
    }

    /// All that is known, what was learned last at the end.
    List<Footprint> known() {
        lock.lock();
        try {
            return List.copyOf(known.values());
        } finally {
            lock.unlock();
        }
    }

    /// Takes note of what was learned; returns at once.
    void remember(Footprint footprint) {
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
                List<Footprint> all = next();
                if (all == null) {
                    return;
                }
                write(to, all);
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "the footprints are no longer written");
        }
    }

    /// What is to be written next; null when all is written and the end has come.
    private @Nullable List<Footprint> next() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!unwritten && !closed) {
                changed.await();
            }
            if (!unwritten) {
                return null;
            }
            unwritten = false;
            return List.copyOf(known.values());
        } finally {
            lock.unlock();
        }
    }

    private static void write(Path file, List<Footprint> all) {
        try {
            Path directory = file.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            Path whole = file.resolveSibling(file.getFileName() + ".new");
            Files.write(whole, Json.MAPPER.writeValueAsBytes(new Content(1, all)));
            Files.move(
                    whole,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | JacksonException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cannot write " + file + ", so that what models take is not remembered: " + e);
        }
    }

    private static List<Footprint> read(Path file) {
        try {
            if (Files.size(file) > LARGEST) {
                throw new IOException("it is larger than " + LARGEST + " bytes");
            }
            return read(Json.MAPPER.readTree(Files.readAllBytes(file)));
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cannot read " + file + ", so that what models take is learned anew: " + e);
            return List.of();
        }
    }

    private static List<Footprint> read(JsonNode content) {
        if (content.path("version").asInt(0) != 1) {
            throw new IllegalArgumentException("it is not of version 1");
        }
        List<Footprint> all = new ArrayList<>();
        for (JsonNode entry : content.path("footprints")) {
            all.add(footprint(entry));
        }
        return all;
    }

    private static Footprint footprint(JsonNode entry) {
        JsonNode way = entry.path("way");
        String model = way.path("model").asString("");
        int devices = way.path("devices").asInt(-1);
        List<Long> peaks = new ArrayList<>();
        for (JsonNode peak : entry.path("peaks_mb")) {
            peaks.add(peak.asLong(0));
        }
        if (model.isEmpty() || devices < 0 || peaks.stream().anyMatch(mb -> mb <= 0)) {
            throw new IllegalArgumentException("not a footprint: " + entry);
        }
        JsonNode quant = way.path("quant");
        JsonNode told = entry.path("catalogue_mb");
        return new Footprint(
                new Way(
                        model,
                        way.path("harness").asString(""),
                        quant.isString() ? quant.asString() : null,
                        devices,
                        way.path("options").asString("")),
                peaks,
                told.isNumber() ? told.asLong() : null);
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
