package cortex.core.config;

import cortex.core.config.problem.Origin;
import cortex.core.config.problem.Problems;
import cortex.core.config.problem.Spelling;
import cortex.core.config.source.Node;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One table of a configuration file while it is read. Each key that is read is thereby declared;
/// what nobody declared is a problem in the end. For one thread.
public final class Section {
    /// One value as it is in force, written as TOML.
    record Effective(String name, String toml, Origin origin) {}

    /// The file a section belongs to. `whole` is false when parts of it could not be read.
    record Opened(
            Path file, Node.Fields fields, boolean whole, boolean documenting, Problems problems) {}

    private final Opened file;
    private final String header;
    private final String path;
    private final String meaning;
    private final Node.Fields node;
    private final Map<String, Declared> declared = new LinkedHashMap<>();
    private final Map<String, Declared> missing = new LinkedHashMap<>();
    private final Set<String> tables = new TreeSet<>();
    private final List<Effective> effective = new ArrayList<>();
    private final List<Section> children = new ArrayList<>();
    private boolean secrets;

    private Section(Opened file, String header, String path, String meaning, Node.Fields node) {
        this.file = file;
        this.header = header;
        this.path = path;
        this.meaning = meaning;
        this.node = node;
    }

    static Section root(Opened file, String meaning) {
        return new Section(file, "", "", meaning, file.fields());
    }

    /// Begins to read a key. `meaning` is one line for the documentation.
    public <T> Setting<T> read(String name, ValueType<T> type, String meaning) {
        return new Setting<>(this, name, type, meaning);
    }

    /// The table `[name]`, empty when it is not there.
    public Section table(String name, String meaning) {
        tables.add(name);
        Node found = node.fields().get(name);
        if (found != null && !(found instanceof Node.Fields)) {
            problem(name, "expected a table that begins with [" + name + "], in one bracket.");
        }
        Node inner =
                found instanceof Node.Items(List<Node> items, _) && !items.isEmpty()
                        ? items.getFirst()
                        : found;
        Node.Fields fields =
                inner instanceof Node.Fields table
                        ? table
                        : new Node.Fields(Map.of(), node.origin());
        String outer = header.replaceAll("[\\[\\]]", "");
        String full = outer.isEmpty() ? name : outer + "." + name;
        Section child = new Section(file, "[" + full + "]", join(name), meaning, fields);
        children.add(child);
        return child;
    }

    /// The tables `[[name]]` in their order, none when they are not there. While the documentation
    /// is made there is one, and it is empty.
    public List<Section> tables(String name, String meaning) {
        tables.add(name);
        List<Section> sections = new ArrayList<>();
        Node found = node.fields().get(name);
        if (file.documenting()) {
            Node.Fields empty = new Node.Fields(Map.of(), node.origin());
            sections.add(item(name, "", meaning, empty));
        } else if (found instanceof Node.Items(List<Node> items, _)) {
            for (int i = 0; i < items.size(); i++) {
                if (items.get(i) instanceof Node.Fields fields) {
                    sections.add(item(name, "[" + i + "]", meaning, fields));
                } else {
                    problem(name, "expected tables that begin with [[" + name + "]].");
                }
            }
        } else if (found != null) {
            problem(name, "expected tables that begin with [[" + name + "]], in two brackets.");
            if (found instanceof Node.Fields one) {
                sections.add(item(name, "[0]", meaning, one));
            }
        }
        children.addAll(sections);
        return sections;
    }

    private Section item(String name, String index, String meaning, Node.Fields fields) {
        return new Section(file, "[[" + name + "]]", join(name) + index, meaning, fields);
    }

    /// A path from this file: relative ones start at the file's directory.
    public Path resolve(String written) {
        Path directory = file.file().toAbsolutePath().getParent();
        return directory == null ? Path.of(written) : directory.resolve(written).normalize();
    }

    /// Whether the key is set, be it rightly or wrongly.
    public boolean has(String name) {
        return node.fields().containsKey(name);
    }

    /// Whether the file could be opened at all.
    public boolean readable() {
        return file.documenting()
                || (Files.isReadable(file.file()) && !Files.isDirectory(file.file()));
    }

    /// Whether every part of the file could be read; if not, what is missing may just be unread.
    public boolean whole() {
        return file.whole() && !file.documenting();
    }

    /// Where the key stands, or else where the section begins.
    public Origin origin(String name) {
        Node value = node.fields().get(name);
        return value == null ? node.origin() : value.origin();
    }

    /// Reports something wrong with a key's value; `message` is one or two sentences.
    public void problem(String name, String message) {
        report(origin(name), name.isEmpty() ? path : join(name), message, null);
    }

    /// Reports something wrong with the section as a whole.
    public void problem(String message) {
        problem("", message);
    }

    /// Reports a value that names something that does not exist; `valid` are the names that do.
    public void unknownName(String name, String message, List<String> valid, String written) {
        report(origin(name), join(name), message, Spelling.nearest(written, valid));
    }

    /// Says that a key's value is hardly what is meant.
    public void warn(String name, String message) {
        if (!file.documenting()) {
            file.problems().warn(origin(name), join(name), message);
        }
    }

    /// Whether a key was read from the file whose value is not to be printed.
    boolean holdsSecrets() {
        return secrets;
    }

    private void report(Origin at, String key, String message, @Nullable String nearest) {
        if (!file.documenting()) {
            file.problems().add(at, key, message, nearest);
        }
    }

    void declare(Declared key) {
        declared.put(key.name(), key);
    }

    void missing(Declared key) {
        missing.put(key.name(), key);
    }

    <T> @Nullable T value(String name, ValueType<T> type) {
        Node found = node.fields().get(name);
        if (found == null) {
            return null;
        }
        T value = type.read(found);
        if (value == null) {
            String shown = type.secret() ? "." : ", found " + found.shown() + ".";
            String text = found instanceof Node.Scalar scalar ? scalar.value().toString() : "";
            String nearest = Spelling.nearest(text, type.choices());
            report(found.origin(), join(name), "expected " + type.expected() + shown, nearest);
        } else if (type.secret()) {
            Suspicions.secret(this, name, found);
        }
        return value;
    }

    void record(String name, String toml) {
        Node value = node.fields().get(name);
        Origin origin = value == null ? new Origin.Default() : value.origin();
        secrets |= toml.contains(Secret.MASK) && origin instanceof Origin.InFile;
        effective.add(new Effective(name, toml, origin));
    }

    /// Says that a key has its value from a systemd credential, in place of what stands here.
    public <T> void fromCredential(String name, ValueType<T> type, T value, String credential) {
        effective.removeIf(other -> other.name().equals(name));
        effective.add(new Effective(name, type.write(value), new Origin.Credential(credential)));
    }

    /// Reports what is set but means nothing, and what is missing; this section and those within.
    /// After a syntax error a key may have landed in a table it was not written in.
    void finish(Section root) {
        Set<String> meant = new TreeSet<>();
        for (Map.Entry<String, Node> entry : node.fields().entrySet()) {
            String name = entry.getKey();
            if (!declared.containsKey(name) && !tables.contains(name)) {
                String nearest = Spelling.nearest(name, valid());
                meant.add(String.valueOf(nearest));
                String hint = nearest == null ? elsewhere(root, name) : "";
                if (file.whole() || nearest != null) {
                    report(entry.getValue().origin(), join(name), "unknown key." + hint, nearest);
                }
            }
        }
        for (Declared key : missing.values()) {
            if (file.whole() && !meant.contains(key.name())) {
                problem(key.name(), "is missing: expected " + key.type() + ".");
            }
        }
        children.forEach(child -> child.finish(root));
    }

    private String elsewhere(Section root, String name) {
        return root.all()
                .filter(other -> other != this && other.declared.containsKey(name))
                .map(other -> other.header)
                .findFirst()
                .map(place -> " It belongs " + (place.isEmpty() ? "at the top." : "in " + place))
                .map(hint -> hint.endsWith(".") ? hint : hint + ".")
                .orElse(" Valid here: " + String.join(", ", valid()) + ".");
    }

    private List<String> valid() {
        return Stream.concat(declared.keySet().stream(), tables.stream()).toList();
    }

    private String join(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /// Where a key of this section stands, given its whole path; empty for another section's.
    Optional<Origin> place(String key) {
        String name = key.startsWith(join("")) ? key.substring(join("").length()) : ".";
        return name.contains(".") ? Optional.empty() : Optional.of(origin(name));
    }

    /// This section and all within, in the order they were read.
    Stream<Section> all() {
        return Stream.concat(Stream.of(this), children.stream().flatMap(Section::all));
    }

    /// `[name]`, `[[name]]`, `[name.inner]`, or empty for the top of the file.
    String header() {
        return header;
    }

    String meaning() {
        return meaning;
    }

    List<Declared> keys() {
        return List.copyOf(declared.values());
    }

    List<Effective> effective() {
        return List.copyOf(effective);
    }

    Path file() {
        return file.file();
    }
}
