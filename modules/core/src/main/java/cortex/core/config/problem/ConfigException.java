package cortex.core.config.problem;

import java.io.Serial;
import java.util.List;
import java.util.stream.Collectors;

/// The configuration cannot be used. The message holds every problem, a line each, under a headline
/// that counts them; it is for the operator's eyes and holds no secret.
public final class ConfigException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    /// At least one problem, in the order they are to be told.
    public ConfigException(List<Problem> problems) {
        super(render(problems), null, false, false);
        this.problems = List.copyOf(problems);
    }

    /// What is wrong.
    public List<Problem> problems() {
        return problems;
    }

    private static String render(List<Problem> problems) {
        String headline =
                problems.size() == 1
                        ? "1 problem in the configuration:"
                        : problems.size() + " problems in the configuration:";
        return problems.stream()
                .map(problem -> "  " + problem)
                .collect(Collectors.joining("\n", headline + "\n", ""));
    }
}
