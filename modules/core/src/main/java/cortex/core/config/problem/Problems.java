package cortex.core.config.problem;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Gathers problems, so that all are told at once. For one thread.
public final class Problems {
    private final List<Problem> problems = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();

    /// Nothing is wrong so far.
    public Problems() {}

    /// Adds a problem.
    public void add(Origin origin, String key, String message) {
        add(origin, key, message, null);
    }

    /// Adds a problem with the nearest valid name.
    public void add(Origin origin, String key, String message, @Nullable String nearest) {
        problems.add(new Problem(origin, key, message, nearest));
    }

    /// Adds what is no problem, but hardly meant.
    public void warn(Origin origin, String key, String message) {
        warnings.add(new Problem(origin, key, message, null));
    }

    /// What is hardly meant, in the order it was found.
    public List<Problem> warnings() {
        return List.copyOf(warnings);
    }

    /// All problems: file by file in the order they were opened, by line; the environment last.
    public List<Problem> list() {
        List<String> files = problems.stream().map(Problems::file).distinct().toList();
        return problems.stream()
                .sorted(
                        Comparator.comparingInt(Problems::kind)
                                .thenComparingInt((Problem p) -> files.indexOf(file(p)))
                                .thenComparingInt(Problems::line))
                .toList();
    }

    /// Does nothing when nothing is wrong.
    ///
    /// @throws ConfigException with all problems
    public void throwIfAny() {
        if (!problems.isEmpty()) {
            throw new ConfigException(list());
        }
    }

    private static int kind(Problem problem) {
        return problem.origin() instanceof Origin.Variable ? 1 : 0;
    }

    private static String file(Problem problem) {
        return problem.origin() instanceof Origin.InFile place ? place.file().toString() : "";
    }

    private static int line(Problem problem) {
        return problem.origin() instanceof Origin.InFile place ? place.line() : 0;
    }
}
