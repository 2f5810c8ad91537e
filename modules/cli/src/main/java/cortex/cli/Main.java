package cortex.cli;

import cortex.cli.terminal.Terminal;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/// The program's entry point.
public final class Main {
    private Main() {}

    /// Runs the command and ends with its exit code: 0 done, 1 it failed, 2 it was called wrongly.
    public static void main(String[] args) {
        Terminal terminal =
                new Terminal(
                        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                        new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                        System.in,
                        System.getenv());
        System.exit(new Cli(terminal).run(args));
    }
}
