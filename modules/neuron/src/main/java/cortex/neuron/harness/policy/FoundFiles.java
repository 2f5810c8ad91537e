package cortex.neuron.harness.policy;

import cortex.core.node.Json;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// The files of one model on the disk: that each is there, can be read, and how large they are
/// together. For one search of one thread.
final class FoundFiles {
    private static final int MOST_ENTRIES = 10_000;
    private static final long LONGEST_INDEX = 16 << 20;
    private static final String INDEX = ".index.json";
    private static final String UNREADABLE = "this user may not read it";

    private long bytes;
    private long stamp = 17;
    private boolean unreadable;

    /// Adds a file with all its parts, or a directory with the files in it.
    ///
    /// @return what is the matter; null when nothing is
    @Nullable String addPath(Path path) {
        if (Files.isDirectory(path)) {
            return addDirectory(path);
        }
        for (String part : ModelDirs.parts(String.valueOf(path.getFileName()))) {
            Path one = path.resolveSibling(part);
            String problem = addFile(one);
            if (problem != null) {
                return one.equals(path) ? problem : part + ": " + problem;
            }
        }
        return null;
    }

    /// Adds one file, links followed.
    @Nullable String addFile(Path file) {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(file, BasicFileAttributes.class);
        } catch (IOException e) {
            return "no such file";
        }
        if (!Files.isReadable(file)) {
            unreadable = true;
            return UNREADABLE;
        }
        bytes += attributes.size();
        mark(String.valueOf(file.getFileName()).hashCode());
        mark(attributes.size());
        mark(attributes.lastModifiedTime().toMillis());
        return null;
    }

    private @Nullable String addDirectory(Path directory) {
        if (!Files.isReadable(directory) || !Files.isExecutable(directory)) {
            unreadable = true;
            return UNREADABLE;
        }
        Set<String> names = new HashSet<>();
        List<Path> indexes = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            List<Path> sorted = new ArrayList<>();
            entries.forEach(sorted::add);
            sorted.sort(null);
            for (Path entry : sorted) {
                if (names.size() == MOST_ENTRIES) {
                    return "it has more than " + MOST_ENTRIES + " files";
                }
                String name = String.valueOf(entry.getFileName());
                boolean dangling = !Files.exists(entry);
                if (!dangling && Files.isRegularFile(entry)) {
                    String problem = addFile(entry);
                    if (problem != null) {
                        return name + ": " + problem;
                    }
                    names.add(name);
                    if (name.endsWith(INDEX)) {
                        indexes.add(entry);
                    }
                }
            }
        } catch (IOException e) {
            return "it cannot be listed";
        }
        String missing = missing(indexes, names);
        return missing == null ? null : missing + ": no such file";
    }

    /// A part that an index of weights names and that is not there; null when all are.
    private static @Nullable String missing(List<Path> indexes, Set<String> names) {
        for (Path index : indexes) {
            for (String part : parts(index)) {
                if (!names.contains(part)) {
                    return NotAllowed.shown(part);
                }
            }
        }
        return null;
    }

    private static Set<String> parts(Path index) {
        Set<String> parts = new HashSet<>();
        try {
            if (Files.size(index) <= LONGEST_INDEX) {
                JsonNode map = Json.MAPPER.readTree(Files.readAllBytes(index)).path("weight_map");
                map.values().forEach(part -> parts.add(part.asString("")));
            }
        } catch (IOException | JacksonException e) {
            // An engine that needs it will say what is wrong with it.
            return Set.of();
        }
        parts.remove("");
        return parts;
    }

    private void mark(long value) {
        stamp = stamp * 1_000_003 + value;
    }

    /// Adds what others have found.
    void add(FoundFiles other) {
        bytes += other.bytes;
        mark(other.stamp);
    }

    /// Whether what is the matter is that a file cannot be read.
    boolean unreadable() {
        return unreadable;
    }

    /// The size of all, in MiB, what is begun counted as whole.
    long mb() {
        return (bytes + (1 << 20) - 1) >> 20;
    }

    /// Another one when a file has another name, size or time of change.
    String stamp() {
        return Long.toHexString(stamp);
    }
}
