package cortex.neuron.harness.policy;

import cortex.core.engine.HarnessKind;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where an engine keeps what it downloads: `hub` has a directory for each repository, as Hugging
/// Face's own tools make them; `flat` has the files of all, as older llama.cpp did; each is null
/// when the engine has none. Reads only. Immutable.
public record Caches(HarnessKind harness, @Nullable Path hub, @Nullable Path flat) {
    private static final String LLAMA = "LLAMA_CACHE";
    private static final int DEPTH = 4;
    private static final int MOST_ENTRIES = 10_000;
    private static final long MIB = 1 << 20;
    private static final Set<String> WEIGHTS = Set.of("safetensors", "gguf", "uqff", "bin", "pth");

    /// How the names of files end that are on their way.
    private static final Set<String> PARTIAL = Set.of("incomplete", "part", "downloadinprogress");

    private static final String USUAL_TAG = "Q4_K_M";

    /// What stands before and after a tag in a file's name.
    private static final String EDGE = "[^A-Za-z0-9]";

    /// The caches of an engine that gets these variables.
    public static Caches of(HarnessKind harness, Map<String, String> environment) {
        boolean llama = harness.takesOneFile();
        Path own = llama ? dir(environment, LLAMA, "") : null;
        if (own != null) {
            return new Caches(harness, own, own);
        }
        Path home = dir(environment, "XDG_CACHE_HOME", "");
        Path cache = home == null ? dir(environment, "HOME", ".cache") : home;
        Path hub =
                Stream.of(
                                dir(environment, "HF_HUB_CACHE", ""),
                                dir(environment, "HUGGINGFACE_HUB_CACHE", ""),
                                dir(environment, "HF_HOME", "hub"),
                                cache == null ? null : cache.resolve("huggingface/hub"))
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
        return new Caches(harness, hub, llama && cache != null ? cache.resolve("llama.cpp") : null);
    }

    private static @Nullable Path dir(
            Map<String, String> environment, String variable, String below) {
        String value = environment.get(variable);
        try {
            boolean absolute = value != null && value.startsWith("/");
            return absolute ? Path.of(value).resolve(below) : null;
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /// The files of a repository (`[hf:]owner/name[:tag]`) that the engine would take; null when
    /// they are not there, or not whole. `quant` stands for the tag where there is none.
    @Nullable FoundFiles find(String written, @Nullable String quant) {
        String source = written.startsWith("hf:") ? written.substring(3) : written;
        int colon = source.indexOf(':');
        String repository = colon < 0 ? source : source.substring(0, colon);
        String tag = colon < 0 ? quant : source.substring(colon + 1);
        Path root = hub;
        if (root != null) {
            Path kept = root.resolve("models--" + repository.replace("/", "--"));
            for (Path snapshot : snapshots(kept)) {
                FoundFiles weights = weights(files(snapshot, ""), tag);
                if (weights != null) {
                    return weights;
                }
            }
        }
        Path old = flat;
        return old == null ? null : weights(files(old, repository.replace('/', '_') + "_"), tag);
    }

    /// The snapshots of a repository, the one that counts first.
    private static List<Path> snapshots(Path kept) {
        Path all = kept.resolve("snapshots");
        List<Path> snapshots = new ArrayList<>();
        try {
            Path main = kept.resolve("refs/main");
            if (Files.isRegularFile(main) && Files.size(main) < 200) {
                String revision = Files.readString(main).strip();
                if (revision.matches("[A-Za-z0-9]+")) {
                    snapshots.add(all.resolve(revision));
                }
            }
            try (Stream<Path> others = Files.list(all)) {
                others.limit(MOST_ENTRIES).sorted().forEach(snapshots::add);
            }
        } catch (IOException e) {
            return snapshots;
        }
        return snapshots;
    }

    /// The files below a directory whose names begin so, in order; also links that lead nowhere.
    private static List<Path> files(Path directory, String prefix) {
        int depth = prefix.isEmpty() ? DEPTH : 1;
        try (Stream<Path> all = Files.walk(directory, depth, FileVisitOption.FOLLOW_LINKS)) {
            return all.limit(MOST_ENTRIES)
                    .filter(file -> String.valueOf(file.getFileName()).startsWith(prefix))
                    .filter(file -> !Files.isDirectory(file))
                    .sorted()
                    .toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            return List.of();
        }
    }

    /// What the engine would take of these files, whole; null when it would find nothing.
    private @Nullable FoundFiles weights(List<Path> files, @Nullable String tag) {
        List<Path> taken = harness.takesOneFile() ? chosen(files, tag) : candidates(files);
        FoundFiles weights = new FoundFiles();
        Set<Path> folders = taken.stream().map(Path::getParent).collect(Collectors.toSet());
        for (Path file : taken) {
            if (weights.addPath(file) != null) {
                return null;
            }
        }
        boolean indexed = !harness.takesOneFile();
        for (Path folder : folders) {
            if (indexed && new FoundFiles().addPath(folder) != null) {
                return null;
            }
        }
        return taken.isEmpty() ? null : weights;
    }

    private static List<Path> candidates(List<Path> files) {
        return files.stream().filter(file -> WEIGHTS.contains(ending(file))).toList();
    }

    /// llama.cpp takes the file with the tag in its name; without one the usual quantisation, or
    /// the first there is.
    private static List<Path> chosen(List<Path> files, @Nullable String tag) {
        List<Path> models =
                files.stream()
                        .filter(file -> ending(file).equals("gguf"))
                        .filter(file -> !lower(file).contains("mmproj"))
                        .toList();
        Path found = tagged(models, tag == null ? USUAL_TAG : tag);
        if (found == null && tag == null && !models.isEmpty()) {
            found = models.getFirst();
        }
        return found == null ? List.of() : List.of(found);
    }

    private static @Nullable Path tagged(List<Path> models, String tag) {
        Pattern word =
                Pattern.compile(
                        "(^|" + EDGE + ")" + Pattern.quote(tag.toLowerCase(Locale.ROOT)) + EDGE);
        return models.stream()
                .filter(file -> word.matcher(lower(file)).find())
                .findFirst()
                .orElse(null);
    }

    private static String lower(Path file) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    }

    private static String ending(Path file) {
        String name = lower(file);
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /// What has been downloaded so far of the files of a repository that are on their way, in MiB;
    /// 0 when none are.
    public long partialMb(String written) {
        String source = written.startsWith("hf:") ? written.substring(3) : written;
        int colon = source.indexOf(':');
        String repository = colon < 0 ? source : source.substring(0, colon);
        List<Path> files = new ArrayList<>();
        Path root = hub;
        if (root != null) {
            files.addAll(files(root.resolve("models--" + repository.replace("/", "--")), ""));
        }
        Path old = flat;
        if (old != null) {
            files.addAll(files(old, repository.replace('/', '_') + "_"));
        }
        long bytes = 0;
        for (Path file : files) {
            bytes += PARTIAL.contains(ending(file)) ? file.toFile().length() : 0;
        }
        return (bytes + MIB - 1) / MIB;
    }

    /// What is free on the disk that a download goes to, in MiB, in steps that do not change with
    /// every moment; null when that cannot be told.
    @Nullable Long freeMb() {
        Path at = hub == null ? flat : hub;
        while (at != null && !Files.isDirectory(at)) {
            at = at.getParent();
        }
        if (at == null) {
            return null;
        }
        try {
            long mb = Files.getFileStore(at).getUsableSpace() / MIB;
            return mb < 1024 ? Long.valueOf(mb) : Long.valueOf(mb / 1024 * 1024);
        } catch (IOException e) {
            return null;
        }
    }

    /// Where it was looked, in words.
    String text() {
        String dirs =
                Stream.of(hub, flat)
                        .filter(Objects::nonNull)
                        .distinct()
                        .map(Path::toString)
                        .collect(Collectors.joining(", "));
        return dirs.isEmpty() ? "the engine has no cache" : "not in " + dirs;
    }
}
