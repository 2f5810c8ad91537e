package cortex.cli;

import cortex.cli.terminal.Terminal;
import cortex.core.log.ProgramOutput;
import cortex.core.log.SafeText;

/// The program's entry point.
public final class Main {
    private Main() {}

    /// Runs the command and ends with its exit code: 0 done, 1 it failed, 2 it was called wrongly.
    public static void main(String[] args) {
        ProgramOutput out = new ProgramOutput();
        Terminal terminal =
                new Terminal(
                        SafeText.printer(out),
                        SafeText.printer(System.err),
                        System.in,
                        System.getenv());
        int code = new Cli(terminal).run(args);
        System.exit(out.end("cortex", code, terminal.out(), terminal.err()));
    }
}
