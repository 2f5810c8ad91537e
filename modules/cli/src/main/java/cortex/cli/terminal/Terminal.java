package cortex.cli.terminal;

import cortex.core.log.SafeText;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Map;

/// What a command may touch of the world around it. What is printed comes from nodes, models and
/// files, so that both printers show what could control the terminal as escapes.
public record Terminal(
        PrintWriter out, PrintWriter err, InputStream in, Map<String, String> environment) {
    /// Takes printers of any kind; what is printed to them is made safe.
    public Terminal {
        out = SafeText.printer(out);
        err = SafeText.printer(err);
    }

    /// Prints a line that stays one line, whatever is in it.
    public void line(String text) {
        out.println(SafeText.line(text));
    }

    /// Says what went wrong and gives the exit code for it.
    public int fail(String message) {
        err.println("cortex: " + message);
        err.flush();
        return 1;
    }
}
