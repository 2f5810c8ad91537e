package cortex.cli;

import cortex.core.config.problem.Spelling;
import cortex.core.log.SafeText;
import java.io.PrintWriter;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// Says what is wrong with a command line, and what was probably meant.
final class UsageError {
    private UsageError() {}

    /// Prints it and gives the exit code.
    static int explain(ParameterException wrong, PrintWriter err) {
        CommandLine command = wrong.getCommandLine();
        String called = command.getCommandSpec().qualifiedName();
        err.println(words(wrong));
        String nearest = wrong instanceof UnmatchedArgumentException other ? nearest(other) : null;
        if (nearest == null) {
            err.println("See: " + called + " --help");
        } else {
            boolean option = nearest.startsWith("-");
            err.println("Did you mean: " + (option ? nearest : called + " " + nearest) + "?");
        }
        err.flush();
        return CommandLine.ExitCode.USAGE;
    }

    private static String words(ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        if (wrong instanceof UnmatchedArgumentException unmatched) {
            String word = "'" + SafeText.line(unmatched.getUnmatched().getFirst()) + "'";
            return unmatched.getUnmatched().getFirst().startsWith("-")
                    ? "There is no option " + word + "."
                    : command.getSubcommands().isEmpty()
                            ? command.getCommandName() + " takes no argument " + word + "."
                            : "There is no command " + word + ".";
        }
        if (wrong.getArgSpec() instanceof OptionSpec option
                && wrong.getValue() != null
                && (option.type() == Integer.class || option.type() == Long.class)) {
            String value = SafeText.line(wrong.getValue());
            return option.longestName() + " takes a whole number, not '" + value + "'.";
        }
        return String.valueOf(wrong.getMessage());
    }

    private static @Nullable String nearest(UnmatchedArgumentException unmatched) {
        String word = unmatched.getUnmatched().getFirst();
        CommandLine command = unmatched.getCommandLine();
        Collection<String> candidates =
                word.startsWith("-")
                        ? command.getCommandSpec().optionsMap().keySet()
                        : command.getSubcommands().keySet();
        return Spelling.nearest(word, candidates);
    }
}
