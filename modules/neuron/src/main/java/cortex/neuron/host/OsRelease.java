package cortex.neuron.host;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads /etc/os-release (os-release(5)): shell-like assignments, values plain or quoted.
final class OsRelease {
    private static final Pattern PRETTY =
            Pattern.compile(
                    "^PRETTY_NAME=(\"(?:[^\"\\\\]|\\\\.)*+\"|'[^']*'|\\S*)", Pattern.MULTILINE);
    private static final Pattern ESCAPED = Pattern.compile("\\\\(.)");

    private OsRelease() {}

    /// The name for people, or `otherwise` when the text has none.
    static String prettyName(String text, String otherwise) {
        Matcher line = PRETTY.matcher(text);
        if (!line.find()) {
            return otherwise;
        }
        String value = line.group(1);
        if (value.startsWith("'")) {
            return value.substring(1, value.length() - 1);
        }
        if (value.startsWith("\"")) {
            value = value.substring(1, value.length() - 1);
        }
        String name = ESCAPED.matcher(value).replaceAll("$1");
        return name.isBlank() ? otherwise : name;
    }
}
