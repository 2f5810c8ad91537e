package cortex.neuron.harness.policy;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The directories that models may lie in. A file belongs to them when the place it really is at,
/// all links resolved, is below one of them. Directories that are not there allow nothing; they are
/// looked for at each load, since a mount may come late. Immutable.
public record ModelDirs(List<Path> dirs) {
    /// llama.cpp finds the other parts of a model by the name of the first.
    private static final Pattern SHARD = Pattern.compile("(.*-)(\\d{5})(-of-)(\\d{5})(\\.gguf)");

    private static final int MOST_SHARDS = 1000;
    private static final int MOST_ENTRIES = 10_000;

    public ModelDirs {
        dirs = List.copyOf(dirs);
    }

    /// Where the file or directory really is that `what` of a load names; a relative path is looked
    /// for below each of the directories. The answer is what is to be opened, so that a link that
    /// is changed meanwhile leads nowhere else.
    ///
    /// @throws cortex.core.failure.FailureException when it is not below them
    String resolve(String what, String written) {
        if (dirs.isEmpty()) {
            throw NotAllowed.because(
                    what
                            + " = '"
                            + NotAllowed.shown(written)
                            + "' is refused: this node has no model_dirs. Set model_dirs ="
                            + " [\"/directory/of/models\"] in [neuron] of its neuron.toml.");
        }
        List<Path> real = realDirs();
        Path place = place(written);
        Path found = place == null ? null : realOrNull(place);
        if (place == null || found == null || !below(found, real) || !plain(found)) {
            throw outside(what, written);
        }
        Path named = named(place, found, real);
        if (Files.isDirectory(named)) {
            checkEntries(what, named, real);
        } else {
            checkShards(what, named, real);
        }
        return named.toString();
    }

    private RuntimeException outside(String what, String written) {
        String all = dirs.stream().map(Path::toString).collect(Collectors.joining(", "));
        return NotAllowed.because(
                what
                        + " = '"
                        + NotAllowed.shown(written)
                        + "' is refused: it is not a file below model_dirs ("
                        + all
                        + ") of this node. Correct the path, put the file there, or add its"
                        + " directory to model_dirs in neuron.toml.");
    }

    /// Why there is no file to open for what a load names.
    String lacking(String written) {
        if (dirs.isEmpty()) {
            return "this node has no model_dirs";
        }
        String all = dirs.stream().map(Path::toString).collect(Collectors.joining(", "));
        Path place = place(written);
        if (place != null && Files.exists(place)) {
            return "it is not a file below model_dirs: " + all;
        }
        return place != null ? "no such file" : "not in " + all;
    }

    /// The names of all parts of a model of which one has this name, the first first; the name
    /// alone when it is no part.
    static List<String> parts(String name) {
        Matcher shard = SHARD.matcher(name);
        int count = shard.matches() ? Integer.parseInt(shard.group(4)) : 0;
        if (count < 1 || count > MOST_SHARDS) {
            return List.of(name);
        }
        return IntStream.rangeClosed(1, count)
                .mapToObj(part ->
                        shard.group(1)
                                + String.format(Locale.ROOT, "%05d", part)
                                + shard.group(3)
                                + shard.group(4)
                                + shard.group(5))
                .toList();
    }

    /// The first place where there is such a file, or null when there is none.
    private @Nullable Path place(String written) {
        try {
            Path path = Path.of(written);
            if (path.isAbsolute()) {
                return path;
            }
            return dirs.stream()
                    .map(dir -> dir.resolve(path))
                    .filter(Files::exists)
                    .findFirst()
                    .orElse(null);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static @Nullable Path realOrNull(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return null;
        }
    }

    private List<Path> realDirs() {
        List<Path> real = new ArrayList<>();
        for (Path dir : dirs) {
            Path path = realOrNull(dir);
            if (path != null) {
                real.add(path);
            }
        }
        return real;
    }

    private static boolean below(Path file, List<Path> real) {
        return real.stream().anyMatch(file::startsWith);
    }

    /// No pipe, no device: opening one may wait for ever.
    private static boolean plain(Path file) {
        return Files.isRegularFile(file) || Files.isDirectory(file);
    }

    /// Engines tell formats and parts by the file's name, which a link into a content-addressed
    /// cache (Hugging Face's) has and what it leads to has not: then the link is opened, in the
    /// directory where it really is.
    private static Path named(Path place, Path found, List<Path> real) {
        Path name = place.getFileName();
        Path parent = place.toAbsolutePath().getParent();
        if (name == null || parent == null || !tellsMore(name, found.getFileName())) {
            return found;
        }
        Path directory = realOrNull(parent);
        return directory != null && below(directory, real) ? directory.resolve(name) : found;
    }

    private static boolean tellsMore(Path name, @Nullable Path foundName) {
        boolean shard = SHARD.matcher(name.toString()).matches();
        return isGguf(name)
                && foundName != null
                && (shard ? !name.equals(foundName) : !isGguf(foundName));
    }

    private static boolean isGguf(Path name) {
        return name.toString().toLowerCase(Locale.ROOT).endsWith(".gguf");
    }

    private void checkShards(String what, Path file, List<Path> real) {
        String name = String.valueOf(file.getFileName());
        Matcher shard = SHARD.matcher(name);
        if (!shard.matches()) {
            return;
        }
        int count = Integer.parseInt(shard.group(4));
        if (count > MOST_SHARDS) {
            throw NotAllowed.because(
                    what + " names one of " + count + " parts; at most " + MOST_SHARDS + " may be");
        }
        for (String part : parts(name)) {
            checkLink(what, file.resolveSibling(part), real);
        }
    }

    private void checkEntries(String what, Path directory, List<Path> real) {
        int seen = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (++seen > MOST_ENTRIES) {
                    throw NotAllowed.because(
                            what + " is a directory of more than " + MOST_ENTRIES + " files.");
                }
                checkLink(what, entry, real);
            }
        } catch (IOException e) {
            throw outside(what, directory.toString());
        }
    }

    /// A link must not lead out of the directories; one that leads nowhere does no harm.
    private void checkLink(String what, Path entry, List<Path> real) {
        if (Files.isSymbolicLink(entry)) {
            Path target = realOrNull(entry);
            if (target != null && !below(target, real)) {
                throw outside(what, entry.toString());
            }
        }
    }
}
