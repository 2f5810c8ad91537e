package cortex.cli;

import cortex.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Runs commands and keeps what they print.
final class Console {
    private Console() {}

    /// A finished command.
    record Result(int code, String out, String err) {}

    static Result run(String stdin, Map<String, String> environment, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal =
                new Terminal(
                        new PrintWriter(out),
                        new PrintWriter(err),
                        new ByteArrayInputStream(stdin.getBytes(StandardCharsets.UTF_8)),
                        environment);
        int code = new Cli(terminal).run(args);
        terminal.err().flush();
        return new Result(code, out.toString(), err.toString());
    }
}
