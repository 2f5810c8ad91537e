package cortex.core.config;

import cortex.core.config.problem.Origin;
import cortex.core.config.problem.Problem;
import cortex.core.config.problem.Problems;
import cortex.core.config.source.EnvironmentOverrides;
import cortex.core.config.source.Node;
import cortex.core.config.source.TomlSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One reading of a program's configuration, over all its files: open each, read its sections, then
/// `finish`, which tells every problem at once. What was read can then be printed, and a reading of
/// nothing gives the documentation. For one thread.
public final class ConfigReading {
    private final Map<String, String> environment;
    private final boolean documenting;
    private final Problems problems = new Problems();
    private final List<Section> roots = new ArrayList<>();
    private final Map<Section, String> prefixes = new HashMap<>();

    private ConfigReading(Map<String, String> environment, boolean documenting) {
        this.environment = Map.copyOf(environment);
        this.documenting = documenting;
    }

    /// A reading of files and of these environment variables.
    public static ConfigReading from(Map<String, String> environment) {
        return new ConfigReading(environment, false);
    }

    /// A reading of nothing at all, for the documentation: no file is touched, nothing is wrong.
    public static ConfigReading documentation() {
        return new ConfigReading(Map.of(), true);
    }

    /// Opens a file without overrides from the environment.
    public Section open(Path file, String meaning) {
        return open(file, meaning, "");
    }

    /// Opens a file; variables that begin with `prefix` (such as `CORTEX_`, or empty for none) and
    /// have a `__` override what stands in it.
    public Section open(Path file, String meaning, String prefix) {
        TomlSource.Content content =
                documenting
                        ? new TomlSource.Content(nothing(file), true)
                        : TomlSource.read(file, problems, noFile(prefix));
        if (!prefix.isEmpty()) {
            EnvironmentOverrides.apply(content.fields(), prefix, environment, problems);
        }
        boolean empty = content.fields().fields().isEmpty();
        if (empty && content.whole() && !documenting) {
            Origin whole = new Origin.InFile(file, 0, 0);
            problems.add(whole, "", "is empty. Start from one of the example files.");
        }
        Section.Opened opened =
                new Section.Opened(
                        file, content.fields(), content.whole() && !empty, documenting, problems);
        Section root = Section.root(opened, meaning);
        roots.add(root);
        prefixes.put(root, prefix);
        return root;
    }

    /// Says what to do when there is no such file; nothing for a catalogue, which has no prefix.
    private static String noFile(String prefix) {
        return switch (prefix) {
            case "" -> "";
            case "NEURON_" -> " Pass yours with --config FILE, or copy neuron.example.toml.";
            default -> " Pass yours with --config FILE, or copy cortex.example.toml.";
        };
    }

    private static Node.Fields nothing(Path file) {
        return new Node.Fields(new LinkedHashMap<>(), new Origin.InFile(file, 0, 0));
    }

    /// Whether this reading is for the documentation.
    public boolean documenting() {
        return documenting;
    }

    /// Ends the reading.
    ///
    /// @throws cortex.core.config.problem.ConfigException when anything was wrong
    public void finish() {
        roots.forEach(root -> root.finish(root));
        problems.throwIfAny();
        roots.forEach(this::suspect);
    }

    /// What is hardly meant, though nothing is wrong, a line each; to be asked for after the end.
    public List<String> warnings() {
        return problems.warnings().stream().map(Problem::toString).toList();
    }

    /// A line about a key such as `harnesses[0].binary`, with its place, as {@link #warnings} has
    /// them.
    public String line(String key, String message) {
        Origin place =
                roots.stream()
                        .flatMap(Section::all)
                        .map(section -> section.place(key))
                        .flatMap(Optional::stream)
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("no section has " + key));
        return new Problem(place, key, message, null).toString();
    }

    private void suspect(Section root) {
        Suspicions.openFile(root, problems);
        String prefix = prefixes.getOrDefault(root, "");
        if (!prefix.isEmpty()) {
            Suspicions.variables(root, prefix, environment, problems);
        }
    }

    /// What is in force, as TOML with the origin of each value behind it and secrets masked.
    public String effective() {
        return ConfigText.effective(roots);
    }

    /// Every key of every file, as Markdown.
    public String markdown() {
        return ConfigText.markdown(roots);
    }
}
