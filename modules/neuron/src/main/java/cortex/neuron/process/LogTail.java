package cortex.neuron.process;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.log.Redaction;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/// The output of one model's engine, in a file that the engine itself appends to, so that nothing
/// is lost and nobody blocks when this program is gone. Holds at most `maxBytes` on disk, in the
/// file and an older half beside it (`.1`), plus what an engine writes between two calls of {@link
/// #trim}; reads of it are bounded by the same. Safe for use by many threads.
public final class LogTail {
    private static final int LAST_BYTES = 16 << 10;
    private static final int LINE_CHARS = 400;

    private final Path file;
    private final Path older;
    private final int half;
    private final Redaction redaction;

    /// Only trimming and beginning move bytes about; the lock orders those two.
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private long moved;

    /// The log of `modelId` under `dir`; nothing is created yet.
    public LogTail(Path dir, String modelId, int maxBytes, Redaction redaction) {
        String name = fileName(modelId);
        this.file = dir.resolve(name + ".log");
        this.older = dir.resolve(name + ".log.1");
        this.half = Math.max(1, maxBytes / 2);
        this.redaction = redaction;
    }

    /// Where the engine's output goes.
    public Path file() {
        return file;
    }

    /// Starts a new run: what the last one wrote becomes the older half.
    ///
    /// @throws IOException when the directory, which must be there, cannot be written
    public void begin() throws IOException {
        lock.lock();
        try {
            if (Files.exists(file) && Files.size(file) > 0) {
                setAside();
            }
            Files.write(file, new byte[0]);
            moved = 0;
        } finally {
            lock.unlock();
        }
    }

    /// Keeps the files within their bound. The engine appends, so it goes on at the new end; bytes
    /// it writes in the very moment of cutting are lost.
    public void trim() throws IOException {
        lock.lock();
        try {
            if (Files.exists(file) && Files.size(file) > half) {
                moved += setAside();
            }
        } finally {
            lock.unlock();
        }
    }

    /// How many bytes this run has written; grows only.
    public long written() {
        lock.lock();
        try {
            return moved + (Files.exists(file) ? Files.size(file) : 0);
        } catch (IOException e) {
            return 0;
        } finally {
            lock.unlock();
        }
    }

    /// Everything kept, oldest first, clean of secrets and control characters; empty when there is
    /// nothing.
    public String text() {
        return redaction.clean(tail(older, half) + tail(file, half));
    }

    /// The last lines of this run, clean of secrets and control characters, none of them empty or
    /// long; none when it said nothing.
    public List<String> lastLines() {
        return redaction
                .clean(recent())
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .map(line -> line.length() <= LINE_CHARS ? line : line.substring(0, LINE_CHARS))
                .toList();
    }

    /// The last of what this run wrote, as it is.
    String recent() {
        lock.lock();
        try {
            String now = tail(file, LAST_BYTES);
            // A part of this run may have been set aside just now.
            return moved == 0 ? now : tail(older, LAST_BYTES) + now;
        } finally {
            lock.unlock();
        }
    }

    /// Removes the oldest logs in `dir` until `most` models have one; those of the models whose
    /// file names are `kept` stay and do not count.
    static void keepLast(Path dir, int most, Set<String> kept) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(dir)) {
            files =
                    all.filter(file -> file.toString().endsWith(".log"))
                            .filter(file -> !kept.contains(nameOf(file)))
                            .sorted(Comparator.comparingLong(file -> file.toFile().lastModified()))
                            .toList();
        }
        for (Path file : files.subList(0, Math.max(0, files.size() - most))) {
            Files.deleteIfExists(file);
            Files.deleteIfExists(file.resolveSibling(file.getFileName() + ".1"));
        }
    }

    private static String nameOf(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.substring(0, name.length() - ".log".length());
    }

    private long setAside() throws IOException {
        byte[] bytes = lastBytes(file, half);
        long size = Files.size(file);
        Path part = older.resolveSibling(older.getFileName() + ".part");
        Files.write(part, bytes);
        Files.move(part, older, StandardCopyOption.REPLACE_EXISTING);
        Files.write(file, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
        return size;
    }

    private String tail(Path path, int most) {
        try {
            return new String(lastBytes(path, Math.min(most, half)), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    private static byte[] lastBytes(Path path, int most) throws IOException {
        if (!Files.exists(path)) {
            return new byte[0];
        }
        try (RandomAccessFile in = new RandomAccessFile(path.toFile(), "r")) {
            long size = in.length();
            byte[] bytes = new byte[(int) Math.min(size, most)];
            in.seek(size - bytes.length);
            in.readFully(bytes);
            return bytes;
        }
    }

    /// Readable, and different for ids that differ only in characters a file name cannot have.
    static String fileName(String modelId) {
        String slug = modelId.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]+", "-");
        String hash = HexFormat.of().toHexDigits(modelId.hashCode());
        return (slug.length() <= 60 ? slug : slug.substring(0, 60)) + "-" + hash;
    }
}
