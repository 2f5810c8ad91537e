package cortex.cli.terminal;

import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Map;

/// What a command may touch of the world around it.
public record Terminal(
        PrintWriter out, PrintWriter err, InputStream in, Map<String, String> environment) {
    /// Says what went wrong and gives the exit code for it.
    public int fail(String message) {
        err.println("cortex: " + message);
        err.flush();
        return 1;
    }
}
