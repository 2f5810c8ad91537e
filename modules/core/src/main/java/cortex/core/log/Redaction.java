package cortex.core.log;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Takes secrets and control characters out of what engines print, and secrets out of command lines
/// that are logged. Knows the secrets that engines were given (values of variables and flags whose
/// name says key, token, secret or password) and the usual shapes of others. Immutable.
public final class Redaction {
    /// Knows only the usual shapes.
    public static final Redaction SHAPES = new Redaction(Set.of());

    private static final String MASK = "***";
    private static final int SHORTEST = 6;
    private static final Pattern TELLING =
            Pattern.compile("(?i).*(api-?_?key|token|secret|password|passwd|credential).*");
    private static final Pattern SHAPE =
            Pattern.compile(
                    "(?i)\\b(hf_[a-z0-9]{8,}|sk-[a-z0-9_-]{8,})|((?<=bearer )[a-z0-9._~+/=-]{6,})");
    private static final Pattern ANSI =
            Pattern.compile(
                    "(?:\\x1B\\[|\\x9B)[0-?]*[ -/]*[@-~]"
                            + "|(?:\\x1B\\]|\\x9D)[^\\x07\\x1B\\x9C]*(?:\\x07|\\x1B\\\\|\\x9C)?"
                            + "|\\x1B[@-_]");
    private static final Pattern CONTROL =
            Pattern.compile("[\\p{Cntrl}\\x{80}-\\x{9f}&&[^\\n\\t]]");

    private final Set<String> secrets;

    private Redaction(Set<String> secrets) {
        this.secrets = Set.copyOf(secrets);
    }

    /// Also knows the secrets among these arguments and variables.
    public Redaction with(List<String> arguments, Map<String, String> environment) {
        Set<String> all = new LinkedHashSet<>(secrets);
        environment.forEach((name, value) -> add(all, name, value));
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            int equals = argument.indexOf('=');
            if (equals > 0) {
                add(all, argument.substring(0, equals), argument.substring(equals + 1));
            } else if (argument.startsWith("-") && i + 1 < arguments.size()) {
                add(all, argument, arguments.get(i + 1));
            }
        }
        return new Redaction(all);
    }

    /// The text without secrets, ANSI sequences and control characters but newline and tab; what
    /// else could mislead a reader is shown as an escape. Of a line that was drawn over with
    /// carriage returns only what was left standing is kept.
    public String clean(String text) {
        String plain = ANSI.matcher(text.replace("\r\n", "\n")).replaceAll("");
        List<String> lines = new ArrayList<>();
        for (String line : plain.split("\n", -1)) {
            String drawn = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
            lines.add(drawn.substring(drawn.lastIndexOf('\r') + 1));
        }
        String clean = CONTROL.matcher(String.join("\n", lines)).replaceAll("");
        return mask(SafeText.lines(clean));
    }

    /// A command line for the log.
    public String command(List<String> arguments) {
        return mask(String.join(" ", arguments));
    }

    private String mask(String text) {
        String masked = text;
        for (String secret : secrets) {
            masked = masked.replace(secret, MASK);
        }
        return SHAPE.matcher(masked).replaceAll(MASK);
    }

    private static void add(Set<String> secrets, String name, String value) {
        // `--token-source none` and `--prompt-tokens 12` name tokens and hold no secret; short
        // values would blank out ordinary words.
        boolean number = value.chars().allMatch(Character::isDigit);
        if (value.length() >= SHORTEST
                && !number
                && !name.toLowerCase(Locale.ROOT).endsWith("tokens")
                && TELLING.matcher(name).matches()) {
            secrets.add(value);
        }
    }
}
