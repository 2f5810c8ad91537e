package cortex.neuron.harness.cause;

import cortex.core.node.FailureCause;
import cortex.core.node.FailureCause.Kind;
import java.util.List;
import java.util.regex.Pattern;

/// The rules of one kind of engine. The first rule that any line matches decides, so that those
/// which tell most come first; of several lines that match it the last one counts.
///
/// @param rules what lines mean, those that tell most first
/// @param banner lines that say nothing of why it failed
/// @param prefix what stands before each line, such as the time; no part of what it says
public record CauseRules(List<LineKind> rules, Pattern banner, Pattern prefix) {
    /// For an engine of which nothing is known.
    public static final CauseRules NONE =
            new CauseRules(List.of(), Pattern.compile("\\W*"), Pattern.compile("^"));

    public CauseRules {
        rules = List.copyOf(rules);
    }

    /// What a line means in which `pattern` is found.
    public record LineKind(Kind kind, Pattern pattern) {}

    /// A rule for lines in which a regular expression is found.
    static LineKind rule(Kind kind, String regex) {
        return new LineKind(kind, Pattern.compile(regex));
    }

    /// Why an engine failed that wrote these lines last. `spoke` tells whether it ended in its own
    /// words, so that its last line counts where no rule knows one.
    public FailureCause find(List<String> output, boolean spoke) {
        List<String> lines =
                output.stream().map(line -> prefix.matcher(line).replaceFirst("")).toList();
        for (LineKind rule : rules) {
            for (String line : lines.reversed()) {
                if (rule.pattern.matcher(line).find()) {
                    return new FailureCause(rule.kind, line);
                }
            }
        }
        if (spoke) {
            for (String line : lines.reversed()) {
                if (!banner.matcher(line).matches()) {
                    return new FailureCause(Kind.OTHER, line);
                }
            }
        }
        return FailureCause.UNKNOWN;
    }
}
