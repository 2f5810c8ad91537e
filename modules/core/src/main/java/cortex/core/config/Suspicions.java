package cortex.core.config;

import cortex.core.config.problem.Origin;
import cortex.core.config.problem.Problems;
import cortex.core.config.source.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Notices what a configuration may be and hardly is meant to be. Pure but for a look at a file's
/// permissions.
final class Suspicions {
    private static final Pattern INDEX = Pattern.compile("_\\d{1,6}(?=_)");

    /// How the keys of the example files begin.
    private static final String EXAMPLE = "change-me";

    private Suspicions() {}

    /// A secret that stands in the example files is none.
    static void secret(Section section, String name, Node value) {
        boolean example =
                switch (value) {
                    case Node.Scalar(Object text, _) -> text.toString().contains(EXAMPLE);
                    case Node.Items(var items, _) -> items.toString().contains(EXAMPLE);
                    case Node.Fields _ -> false;
                };
        if (example) {
            section.warn(
                    name,
                    "is the example's key, which everybody knows. Make your own: openssl rand -hex"
                            + " 32");
        }
    }

    /// A file with keys in it that others on its host can read.
    static void openFile(Section root, Problems problems) {
        if (root.all().noneMatch(Section::holdsSecrets)) {
            return;
        }
        try {
            Set<PosixFilePermission> open = Files.getPosixFilePermissions(root.file());
            boolean others = open.contains(PosixFilePermission.OTHERS_READ);
            if (others || open.contains(PosixFilePermission.GROUP_READ)) {
                problems.warn(
                        new Origin.InFile(root.file(), 0, 0),
                        "",
                        "holds keys, and "
                                + (others ? "every user of this host" : "its group")
                                + " can read it. Run: chmod 600 "
                                + root.file());
            }
        } catch (IOException | UnsupportedOperationException e) {
            // There are no such permissions here, or the file has just gone.
            return;
        }
    }

    /// Variables that would set a key if their parts were joined by two underscores.
    static void variables(
            Section root, String prefix, Map<String, String> environment, Problems problems) {
        Map<String, String> meant = new HashMap<>();
        root.all()
                .forEach(section -> {
                    boolean item = section.header().startsWith("[[");
                    String table = section.header().replaceAll("[\\[\\]]", "").replace(".", "__");
                    for (Declared key : section.keys()) {
                        String place =
                                item ? table + "__0__" : table.isEmpty() ? "_" : table + "__";
                        String name = place + key.name();
                        String variable = prefix + name.toUpperCase(Locale.ROOT);
                        meant.put(squeezed(variable), variable);
                    }
                });
        for (String name : new TreeSet<>(environment.keySet())) {
            String variable = name.contains("__") ? null : meant.get(squeezed(name));
            if (variable != null) {
                problems.warn(
                        new Origin.Variable(name),
                        "",
                        "has no effect. Did you mean " + variable + "?");
            }
        }
    }

    private static String squeezed(String variable) {
        return INDEX.matcher(variable.replaceAll("_+", "_")).replaceAll("_N");
    }
}
