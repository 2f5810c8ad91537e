package cortex.demo.script;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The directives that a message may hold. Each has a line in docs/DEMO-ENGINE.md and in `--help`,
/// from here.
public enum Directive {
    TOKENS(
            "[[tokens 100]]",
            "\\d{1,9}",
            "Generates this many tokens; the text is repeated or cut."),
    SPEED("[[speed 20]]", "\\d+(\\.\\d+)?", "Generates this many tokens a second."),
    SAY("[[say Good morning.]]", ".*", "Answers with this text."),
    THINK("[[think]]", "", "Reasons before it answers."),
    TOOL(
            "[[tool get_weather {\"city\":\"Oslo\"}]]",
            "\\S+(\\s+\\{.*})?",
            "Calls this tool if the request declares it; several directives make several calls."),
    ROUNDS(
            "[[rounds 5]]",
            "\\d{1,9}",
            "Calls the tools in this many rounds, again after each result."),
    REFUSE("[[refuse 503]]", "[1-5]\\d\\d", "Answers with this status."),
    ERROR(
            "[[error after 3]]",
            "(after \\d{1,9})?",
            "Ends the answer with an error after this many tokens."),
    DIE("[[die after 3]]", "(after \\d{1,9})?", "Resets the connection after this many tokens."),
    CRASH(
            "[[crash after 3]]",
            "(after \\d{1,9})?",
            "Ends the whole process after this many tokens."),
    ONCE("[[once]]", "", "Limits the fault or refusal to the first request with this prompt.");

    private final String example;
    private final Pattern argument;
    private final String meaning;

    Directive(String example, String argument, String meaning) {
        this.example = example;
        this.argument = Pattern.compile(argument, Pattern.DOTALL);
        this.meaning = meaning;
    }

    /// The directive as one may write it.
    public String example() {
        return example;
    }

    /// What it does, in one line of Markdown.
    public String meaning() {
        return meaning;
    }

    /// The directive of this name, or null when `argument` does not fit or there is none.
    static @Nullable Directive of(String name, String argument) {
        for (Directive one : values()) {
            if (one.name().equals(name.toUpperCase(Locale.ROOT))) {
                return one.argument.matcher(argument).matches() ? one : null;
            }
        }
        return null;
    }
}
