package cortex.gateway.fleet.view;

import java.util.regex.Pattern;

/// Names the command that shows what an engine has said.
public final class LogCommand {
    private static final Pattern PLAIN = Pattern.compile("[\\w.:/@%+=,-]+");

    private LogCommand() {}

    /// Returns the command for a model's engine on a node, as a shell takes it.
    public static String of(String model, String node) {
        return "cortex logs " + word(model) + " " + word(node);
    }

    private static String word(String text) {
        return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
