package cortex.cli;

import cortex.cli.terminal.Terminal;
import cortex.core.config.problem.ConfigException;
import cortex.gateway.config.GatewayConfigReader;
import java.nio.file.Path;

/// `cortex check`: all that is wrong with the configuration, or all that is in force.
final class CheckCommand {
    private final Terminal terminal;

    CheckCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    int run(Path file) {
        try {
            var loaded = GatewayConfigReader.load(file, terminal.environment());
            terminal.out().print(loaded.effective());
            terminal.out().flush();
            loaded.warnings().forEach(line -> terminal.err().println("warning: " + line));
            terminal.err()
                    .println(
                            loaded.warnings().isEmpty()
                                    ? "The configuration is fine."
                                    : "The configuration is fine, but for the warnings.");
            return 0;
        } catch (ConfigException e) {
            return terminal.fail(String.valueOf(e.getMessage()));
        }
    }
}
